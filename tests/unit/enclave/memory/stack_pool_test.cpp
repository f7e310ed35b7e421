#include "enclave/memory/stack_pool.h"
#include "tests/unit/enclave/memory/region_provider.h"

#include <cstring>

namespace farl {

class StackPoolTest : public testing::Test {
protected:
    static constexpr size_t kSize = 8 * kPageSize;
    StackPoolTest() { pool.initialize(provider.range(), kSize, provider); }

    RegionProvider provider { 4 * (kSize + kPageSize) };
    StackPool pool;
};
using StackPoolDeathTest = StackPoolTest;

TEST_F(StackPoolTest, stacks_are_writable_and_have_an_uncommitted_page_below)
{
    auto first = MUST(pool.allocate());
    auto second = MUST(pool.allocate());
    std::memset(reinterpret_cast<void*>(first.start), 1, first.size());
    EXPECT_EQ(first.size(), kSize);
    EXPECT_EQ(second.start, first.end + kPageSize);
    EXPECT_EQ(provider.committed_bytes, 2 * kSize);
}

TEST_F(StackPoolTest, a_released_stack_is_used_again_without_another_commit)
{
    auto stack = MUST(pool.allocate());
    pool.release(stack);
    auto committed = provider.committed_bytes;
    EXPECT_EQ(MUST(pool.allocate()), stack);
    EXPECT_EQ(provider.committed_bytes, committed);
    EXPECT_EQ(pool.stacks_in_use(), 1u);
}

TEST_F(StackPoolTest, exhaustion_of_the_range_or_the_provider_is_enomem)
{
    provider.limit = kSize;
    MUST(pool.allocate());
    EXPECT_EQ(pool.allocate().error(), Errno::Enomem);
    provider.limit = SIZE_MAX;
    for (int i = 0; i < 3; ++i)
        MUST(pool.allocate());
    EXPECT_EQ(pool.allocate().error(), Errno::Enomem);
    EXPECT_EQ(pool.stacks_in_use(), 4u);
}

TEST_F(StackPoolDeathTest, a_stack_released_twice_or_foreign_is_a_panic)
{
    auto stack = MUST(pool.allocate());
    EXPECT_DEATH(pool.release({ stack.start + kPageSize, stack.end }), "internal error");
    pool.release(stack);
    EXPECT_DEATH(pool.release(stack), "internal error");
}

} // namespace farl
