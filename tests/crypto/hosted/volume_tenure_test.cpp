#include "enclave/fs/volume/volume_tenure.h"

#include <gtest/gtest.h>
#include <vector>

namespace farl {

namespace {

using formats::VolumeRollback;

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kLease = 30 * kSecond;

VolumeState state(uint64_t sequence) { return { sequence, { std::byte { 9 } } }; }

// A CAS, and a clock that goes on by what each call takes.
struct FakeRegister final : VolumeRegister {
    std::vector<uint64_t> told;
    std::optional<Errno> answer {};
    bool was_last { false };
    uint64_t now { 1000 * kSecond };
    uint64_t takes { 0 };

    Result<uint64_t> keep(std::string_view volume, VolumeState const& kept, bool is_last, uint64_t deadline_ns) override
    {
        EXPECT_EQ(volume, "data");
        EXPECT_GT(deadline_ns, now);
        now += takes;
        if (answer)
            return *answer;
        told.push_back(kept.sequence);
        was_last = is_last;
        return is_last ? 0 : kLease;
    }
    uint64_t now_ns() override { return now; }
};

struct Fixture {
    explicit Fixture(VolumeRollback rollback, VolumeState const& kept = {})
        : tenure(cas, "data", { rollback, kept, cas.now, kLease })
    {
    }
    FakeRegister cas;
    VolumeTenure tenure;
};

} // namespace

TEST(VolumeTenure, strict_acknowledges_a_commit_when_the_cas_has_it)
{
    Fixture it(VolumeRollback::Strict);
    EXPECT_TRUE(it.tenure.committed(state(1)).is_ok());
    EXPECT_EQ(it.cas.told, std::vector<uint64_t>({ 1 }));
    it.cas.answer = Errno::Etimedout;
    EXPECT_EQ(it.tenure.committed(state(2)).error(), Errno::Eio);
    EXPECT_EQ(it.tenure.settle(state(2)).error(), Errno::Eio);
    it.cas.answer = {};
    EXPECT_TRUE(it.tenure.settle(state(2)).is_ok());
    EXPECT_EQ(it.cas.told, std::vector<uint64_t>({ 1, 2 }));
    EXPECT_TRUE(it.tenure.settle(state(2)).is_ok());
    EXPECT_EQ(it.cas.told.size(), 2u) << "the CAS has it";
}

TEST(VolumeTenure, lazy_tells_at_intervals_and_when_it_is_settled)
{
    Fixture it(VolumeRollback::Lazy, state(4));
    EXPECT_TRUE(it.tenure.committed(state(5)).is_ok());
    EXPECT_TRUE(it.tenure.committed(state(6)).is_ok());
    EXPECT_TRUE(it.cas.told.empty());
    EXPECT_TRUE(it.tenure.look_after());
    EXPECT_TRUE(it.tenure.look_after());
    EXPECT_EQ(it.cas.told, std::vector<uint64_t>({ 6 }));
    EXPECT_TRUE(it.tenure.settle(state(7)).is_ok());
    EXPECT_EQ(it.cas.told, std::vector<uint64_t>({ 6, 7 }));
}

TEST(VolumeTenure, none_tells_nothing_and_asks_for_more_time_all_the_same)
{
    Fixture it(VolumeRollback::None);
    EXPECT_TRUE(it.tenure.committed(state(5)).is_ok());
    EXPECT_TRUE(it.tenure.settle(state(6)).is_ok());
    EXPECT_TRUE(it.tenure.look_after());
    EXPECT_TRUE(it.cas.told.empty());
    it.cas.now += kLease / 3;
    EXPECT_TRUE(it.tenure.look_after());
    EXPECT_EQ(it.cas.told, std::vector<uint64_t>({ 0 }));
}

TEST(VolumeTenure, asks_for_more_time_before_its_own_is_over_and_not_all_the_time)
{
    Fixture it(VolumeRollback::Strict, state(4));
    for (int i = 0; i < 100; ++i) {
        it.cas.now += kSecond;
        EXPECT_TRUE(it.tenure.look_after());
        EXPECT_TRUE(it.tenure.is_current());
    }
    EXPECT_EQ(it.cas.told, std::vector<uint64_t>(10, 4));
}

// An answer that took long is about the time since it was asked for.
TEST(VolumeTenure, counts_its_time_from_when_it_asked)
{
    Fixture it(VolumeRollback::Strict);
    it.cas.takes = kLease - kSecond;
    EXPECT_TRUE(it.tenure.committed(state(1)).is_ok());
    EXPECT_TRUE(it.tenure.is_current());
    it.cas.now += kSecond;
    EXPECT_FALSE(it.tenure.is_current());
}

TEST(VolumeTenure, is_not_written_to_after_its_time_unless_the_cas_gives_it_more)
{
    Fixture it(VolumeRollback::Lazy, state(1));
    EXPECT_TRUE(it.tenure.hold().is_ok());
    EXPECT_TRUE(it.cas.told.empty());
    it.cas.now += kLease;
    EXPECT_FALSE(it.tenure.is_current());
    it.cas.answer = Errno::Etimedout;
    EXPECT_FALSE(it.tenure.look_after());
    EXPECT_EQ(it.tenure.hold().error(), Errno::Eio);
    it.cas.answer = {};
    EXPECT_TRUE(it.tenure.hold().is_ok());
    EXPECT_TRUE(it.tenure.is_current());
}

TEST(VolumeTenure, is_lost_for_good_when_the_cas_says_so)
{
    for (auto rollback : { VolumeRollback::Strict, VolumeRollback::Lazy, VolumeRollback::None }) {
        Fixture it(rollback);
        it.cas.now += kLease / 2;
        it.cas.answer = Errno::Eacces;
        EXPECT_TRUE(it.tenure.look_after()) << "there was an answer";
        EXPECT_TRUE(it.tenure.is_lost());
        EXPECT_FALSE(it.tenure.is_current());
        it.cas.answer = {};
        EXPECT_EQ(it.tenure.committed(state(9)).error(), Errno::Eio);
        EXPECT_EQ(it.tenure.settle(state(9)).error(), Errno::Eio);
        EXPECT_EQ(it.tenure.hold().error(), Errno::Eio);
        EXPECT_TRUE(it.tenure.look_after());
        EXPECT_TRUE(it.cas.told.empty()) << "it is not asked any more";
    }
}

TEST(VolumeTenure, is_given_back_with_its_last_state)
{
    Fixture it(VolumeRollback::Lazy);
    EXPECT_TRUE(it.tenure.committed(state(5)).is_ok());
    EXPECT_TRUE(it.tenure.give_back().is_ok());
    EXPECT_EQ(it.cas.told, std::vector<uint64_t>({ 5 }));
    EXPECT_TRUE(it.cas.was_last);
    EXPECT_EQ(it.tenure.committed(state(6)).error(), Errno::Eio);
    EXPECT_EQ(it.tenure.hold().error(), Errno::Eio);
}

} // namespace farl
