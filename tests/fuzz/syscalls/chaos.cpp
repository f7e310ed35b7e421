#include "tests/fuzz/syscalls/sequence.h"

#include "tests/fuzz/syscalls/random.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace farl::fuzz {

namespace {

// These end the program or its thread, give control to random bytes or close the log, as they should.
constexpr uint64_t kLeftOut[] { SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_execve, SYS_execveat, SYS_clone,
    SYS_clone3, SYS_fork, SYS_vfork, SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigaction, SYS_arch_prctl,
    SYS_set_tid_address, SYS_set_robust_list, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_brk, SYS_close_range };

constexpr uint64_t kAddresses[] { 0, 1, kBuffer, kBuffer + 8, kBuffer + kBufferSize - 4, kBuffer + kBufferSize,
    kReadOnly, kInputs, kMappings, kMappings + 3 * kPage, 0x7fff'ffff'f000, 1ull << 47, 1ull << 63, ~0ull, ~0ull << 12,
    0xff'ffff'f000, 0xff'0000'0000, 0x100'0000'0000, 0xfe'0000'0000, 0xf0'0000'0000 };
constexpr uint64_t kNumbers[] { 0, 1, 2, 3, 4, 7, 8, 16, 24, 64, 100, 4096, 8192, 65536, 1ull << 20, 0x7fffffff, ~0ull,
    1ull << 31, 1ull << 32, 1ull << 62, static_cast<uint64_t>(-100) };

uint64_t any_argument(Dice& dice)
{
    switch (dice.below(6)) {
    case 0:
        return dice.pick(std::span(kAddresses));
    case 1:
        return kBuffer + dice.below(kBufferSize);
    case 2:
        return dice.pick(std::span(kNumbers));
    case 3:
        return dice.below(kPreparedDescriptors + 8);
    case 4:
        return 1ull << dice.below(64);
    default:
        return dice.next() >> dice.below(64);
    }
}

// Structures and names of random contents; words that look like addresses, sizes or names.
void fill_randomly(Dice& dice)
{
    for (auto address = kBuffer; address < kBuffer + kBufferSize; address += 8) {
        auto word = dice.one_in(2) ? any_argument(dice) : dice.next() & 0x0101'0101'0101'0101 * dice.below(256);
        memcpy(reinterpret_cast<void*>(address), &word, sizeof(word));
    }
    for (uint64_t name = kBuffer; name < kBuffer + kBufferSize; name += 512)
        memcpy(reinterpret_cast<void*>(name), dice.one_in(2) ? "a\0\0" : "d/x", 4);
}

void unblock_the_alarm()
{
    sigset_t all;
    sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    itimerval timer {};
    timer.it_value.tv_usec = timer.it_interval.tv_usec = 20'000;
    setitimer(ITIMER_REAL, &timer, nullptr);
}

} // namespace

void run_chaos(World& world, uint64_t seed, uint64_t count)
{
    world.create();
    for (uint64_t index = 0; index < count; ++index) {
        Dice dice(seed, index);
        auto number = dice.one_in(64) ? dice.next() : dice.below(470);
        if (std::find(std::begin(kLeftOut), std::end(kLeftOut), number) != std::end(kLeftOut))
            continue;
        if (index % 64 == 0)
            world.create();
        if (index % 8 == 0)
            fill_randomly(dice);
        uint64_t values[6];
        for (auto& value : values)
            value = any_argument(dice);
        char line[200];
        auto size = snprintf(line, sizeof(line), "%lu.%lu %lu(%lx, %lx, %lx, %lx, %lx, %lx)\n", seed, index, number,
            values[0], values[1], values[2], values[3], values[4], values[5]);
        (void)!write(kLogDescriptor, line, static_cast<size_t>(size));
        unblock_the_alarm();
        note_call();
        syscall(static_cast<long>(number), values[0], values[1], values[2], values[3], values[4], values[5]);
    }
}

} // namespace farl::fuzz
