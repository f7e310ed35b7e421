#include "base/spinlock.h"

#include <gtest/gtest.h>

namespace farl {

namespace {

Spinlock lock;
int times_given_way;

void let_the_holder_go_on()
{
    if (++times_given_way == 3)
        lock.unlock();
}

} // namespace

TEST(Spinlock, whoever_waits_for_long_gives_way_until_the_holder_could_go_on)
{
    Spinlock::set_give_way(let_the_holder_go_on);
    lock.lock();
    lock.lock();
    EXPECT_EQ(times_given_way, 3);
    EXPECT_FALSE(lock.try_lock());
    lock.unlock();
    Spinlock::set_give_way(nullptr);
}

} // namespace farl
