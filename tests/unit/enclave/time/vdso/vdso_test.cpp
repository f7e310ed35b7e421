#include "enclave/time/clock.h"
#include "tests/unit/enclave/time/vdso/loaded_vdso.h"

#include <ctime>
#include <sched.h>
#include <sys/time.h>

namespace farl {

namespace {

constexpr int64_t kSecond = 1'000'000'000;

int64_t native_ns(clockid_t id)
{
    timespec time;
    EXPECT_EQ(::clock_gettime(id, &time), 0);
    return time.tv_sec * kSecond + time.tv_nsec;
}

class VdsoTest : public testing::Test {
protected:
    // Samples this machine's clocks as the runtime samples the host's, until the vDSO needs no system call.
    void start_clock()
    {
        while (!clock.is_running() || clock.parameters().deadline_tsc < read_tsc() + 50'000'000) {
            auto taken = sample();
            clock.update(taken, read_tsc());
        }
        publish(vdso.vvar(), clock.parameters());
    }
    // The best of a few: another process may run in between.
    static HostClockSample sample()
    {
        HostClockSample best { .uncertainty_ticks = UINT64_MAX };
        for (int i = 0; i < 5; ++i) {
            auto before = read_tsc();
            HostClockSample taken { .monotonic_ns = static_cast<uint64_t>(native_ns(CLOCK_MONOTONIC)),
                .realtime_ns = static_cast<uint64_t>(native_ns(CLOCK_REALTIME)),
                .boottime_ns = static_cast<uint64_t>(native_ns(CLOCK_BOOTTIME)),
                .tai_ns = static_cast<uint64_t>(native_ns(CLOCK_TAI)) };
            auto after = read_tsc();
            taken.uncertainty_ticks = after - before;
            taken.tsc = before + (after - before) / 2;
            if (taken.uncertainty_ticks < best.uncertainty_ticks)
                best = taken;
        }
        return best;
    }
    int64_t vdso_ns(clockid_t id)
    {
        timespec time;
        EXPECT_EQ(gettime(id, &time), 0);
        EXPECT_TRUE(time.tv_nsec >= 0 && time.tv_nsec < kSecond);
        return time.tv_sec * kSecond + time.tv_nsec;
    }
    // A clock that no host would show, so that a system call would be noticed.
    void start_false_clock(uint64_t monotonic_ns)
    {
        publish(vdso.vvar(),
            { .base_tsc = read_tsc(),
                .deadline_tsc = UINT64_MAX,
                .ns_per_tick_32 = 1 << 20,
                .monotonic_ns = monotonic_ns,
                .realtime_offset_ns = static_cast<uint64_t>(1000 * kSecond),
                .boottime_offset_ns = static_cast<uint64_t>(2000 * kSecond),
                .tai_offset_ns = static_cast<uint64_t>(3000 * kSecond) });
    }

    LoadedVdso vdso { FARL_VDSO_FILE };
    Clock clock;
    int (*gettime)(clockid_t, timespec*) = vdso.function<int(clockid_t, timespec*)>("__vdso_clock_gettime");
    int (*getres)(clockid_t, timespec*) = vdso.function<int(clockid_t, timespec*)>("__vdso_clock_getres");
    int (*gettimeofday)(timeval*, struct timezone*) = vdso.function<int(timeval*, struct timezone*)>(
        "__vdso_gettimeofday");
    time_t (*time)(time_t*) = vdso.function<time_t(time_t*)>("__vdso_time");
    long (*getcpu)(unsigned*, unsigned*, void*) = vdso.function<long(unsigned*, unsigned*, void*)>("__vdso_getcpu");
};

} // namespace

TEST_F(VdsoTest, it_has_the_name_the_version_and_the_functions_of_linux)
{
    EXPECT_EQ(vdso.soname(), "linux-vdso.so.1");
    EXPECT_TRUE(gettime && getres && gettimeofday && time && getcpu);
}

TEST_F(VdsoTest, every_clock_agrees_with_the_kernel)
{
    start_clock();
    for (clockid_t id :
        { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE }) {
        bool is_coarse = id == CLOCK_REALTIME_COARSE || id == CLOCK_MONOTONIC_COARSE;
        auto tolerance = is_coarse ? 10'000'000 : 1'000'000;
        auto before = native_ns(id);
        auto ours = vdso_ns(id);
        auto after = native_ns(id);
        EXPECT_GE(ours, before - tolerance) << id;
        EXPECT_LE(ours, after + tolerance) << id;
    }
}

TEST_F(VdsoTest, known_clocks_need_no_system_call)
{
    start_false_clock(static_cast<uint64_t>(7 * kSecond));
    EXPECT_EQ(vdso_ns(CLOCK_MONOTONIC) / kSecond, 7);
    EXPECT_EQ(vdso_ns(CLOCK_MONOTONIC_RAW) / kSecond, 7);
    EXPECT_EQ(vdso_ns(CLOCK_REALTIME) / kSecond, 1007);
    EXPECT_EQ(vdso_ns(CLOCK_BOOTTIME) / kSecond, 2007);
    EXPECT_EQ(vdso_ns(CLOCK_TAI) / kSecond, 3007);
    EXPECT_EQ(vdso_ns(CLOCK_MONOTONIC_COARSE), 7 * kSecond);
    EXPECT_EQ(vdso_ns(CLOCK_REALTIME_COARSE), 1007 * kSecond);
    time_t seconds = 0;
    EXPECT_EQ(time(&seconds), 1007);
    EXPECT_EQ(seconds, 1007);
    EXPECT_EQ(time(nullptr), 1007);
    timeval value;
    struct timezone zone {
        1, 1
    };
    ASSERT_EQ(gettimeofday(&value, &zone), 0);
    EXPECT_EQ(value.tv_sec, 1007);
    EXPECT_TRUE(zone.tz_minuteswest == 0 && zone.tz_dsttime == 0);
    EXPECT_EQ(gettimeofday(nullptr, nullptr), 0);
}

TEST_F(VdsoTest, coarse_clocks_stand_still_between_their_ticks)
{
    start_false_clock(static_cast<uint64_t>(7 * kSecond + 5'999'999));
    EXPECT_EQ(vdso_ns(CLOCK_MONOTONIC_COARSE), 7 * kSecond + 4'000'000);
}

TEST_F(VdsoTest, other_clocks_are_system_calls)
{
    start_false_clock(static_cast<uint64_t>(7 * kSecond));
    auto used = vdso_ns(CLOCK_PROCESS_CPUTIME_ID);
    EXPECT_GT(used, 0);
    EXPECT_GE(native_ns(CLOCK_PROCESS_CPUTIME_ID), used);
    timespec unused;
    EXPECT_EQ(gettime(77, &unused), -EINVAL);
    EXPECT_EQ(getres(77, &unused), -EINVAL);
}

TEST_F(VdsoTest, after_the_deadline_everything_is_a_system_call)
{
    auto now = native_ns(CLOCK_REALTIME);
    EXPECT_GE(vdso_ns(CLOCK_REALTIME), now);
    timeval value;
    ASSERT_EQ(gettimeofday(&value, nullptr), 0);
    EXPECT_GE(value.tv_sec, now / kSecond);
    // time(2) counts full seconds of the coarse clock, which is up to a tick behind.
    auto coarse = native_ns(CLOCK_REALTIME_COARSE);
    EXPECT_GE(time(nullptr), coarse / kSecond);
}

TEST_F(VdsoTest, resolutions_are_those_of_linux)
{
    for (clockid_t id : { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME }) {
        timespec native, ours;
        ASSERT_EQ(::clock_getres(id, &native), 0);
        ASSERT_EQ(getres(id, &ours), 0);
        EXPECT_TRUE(ours.tv_sec == native.tv_sec && ours.tv_nsec == native.tv_nsec);
        EXPECT_EQ(getres(id, nullptr), 0);
    }
}

TEST_F(VdsoTest, getcpu_answers_as_the_kernel)
{
    unsigned cpu = 0, node = 77;
    ASSERT_EQ(getcpu(&cpu, &node, nullptr), 0);
    EXPECT_LT(cpu, static_cast<unsigned>(CPU_SETSIZE));
    EXPECT_NE(node, 77u);
}

} // namespace farl
