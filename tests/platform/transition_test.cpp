// EENTER and EEXIT: what passes, what is switched, what the enclave cannot spoil.
#include "tests/platform/test_enclave.h"

#include <cfenv>
#include <cmath>
#include <gtest/gtest.h>
#include <immintrin.h>
#include <thread>

namespace farl::host {

using Kind = Outcome::Kind;

namespace {

uint64_t read_gs_base()
{
    uint64_t base;
    asm volatile("rdgsbase %0" : "=r"(base));
    return base;
}

uint64_t read_fs_base()
{
    uint64_t base;
    asm volatile("rdfsbase %0" : "=r"(base));
    return base;
}

} // namespace

TEST(Transition, enter_and_exit_pass_five_registers_each_way)
{
    auto enclave = TestEnclave::make();
    auto result = call(*enclave, TestEnclave::tcs(0), Command::Echo, 2, 3, 4, 5);
    EXPECT_EQ(result.outcome.kind, Kind::Exit);
    EXPECT_EQ(result.registers.rdi, 1u);
    EXPECT_EQ(result.registers.rsi, 2u);
    EXPECT_EQ(result.registers.rdx, 3u);
    EXPECT_EQ(result.registers.r8, 4u);
    EXPECT_EQ(result.registers.r9, 5u);
}

TEST(Transition, segment_bases_are_the_tcs_ones_inside_and_the_hosts_outside)
{
    auto enclave = TestEnclave::make();
    std::thread([&] {
        uint64_t const gs = reinterpret_cast<uint64_t>(&gs);
        asm volatile("wrgsbase %0" ::"r"(gs));
        auto const fs = read_fs_base();
        for (uint64_t index : { 1, 2 }) {
            auto inside = call(*enclave, TestEnclave::tcs(index), Command::ReadState);
            EXPECT_EQ(inside.registers.rdi, TestEnclave::kBase + TestEnclave::kData);
            EXPECT_EQ(inside.registers.rsi, TestEnclave::carrier(index));
            EXPECT_EQ(read_fs_base(), fs);
            EXPECT_EQ(read_gs_base(), gs);
            EXPECT_EQ(call(*enclave, TestEnclave::tcs(index), Command::RaiseUd).outcome.kind, Kind::Exception);
            EXPECT_EQ(read_fs_base(), fs);
            EXPECT_EQ(read_gs_base(), gs);
        }
    }).join();
}

TEST(Transition, a_host_without_a_gs_base_enters_with_the_right_one_by_every_tcs)
{
    auto enclave = TestEnclave::make();
    for (uint64_t index : { 0, 1, 1, 2, 0 })
        EXPECT_EQ(
            call(*enclave, TestEnclave::tcs(index), Command::ReadState).registers.rsi, TestEnclave::carrier(index));
}

TEST(Transition, the_hosts_stack_pointers_are_in_the_ssa_while_inside)
{
    auto enclave = TestEnclave::make();
    call(*enclave, TestEnclave::tcs(0), Command::Echo);
    auto const here = reinterpret_cast<uint64_t>(__builtin_frame_address(0));
    EXPECT_LT(TestEnclave::gprs(0).ursp, here);
    EXPECT_GT(TestEnclave::gprs(0).ursp, here - 4096);
}

TEST(Transition, an_enclave_that_spoils_everything_leaves_the_host_intact)
{
    auto enclave = TestEnclave::make();
    auto volatile third = 1.0L;
    for (int round = 0; round < 100; ++round) {
        EXPECT_EQ(call(*enclave, TestEnclave::tcs(0), Command::PoisonHost).outcome.kind, Kind::Exit);
        uint64_t const flags = __builtin_ia32_readeflags_u64();
        EXPECT_EQ(flags & (0x40000 | 0x400), 0u);
        EXPECT_EQ(_mm_getcsr(), 0x1F80u);
        // Eight values on the x87 stack would make this a NaN.
        EXPECT_EQ(sqrtl(third + 3), 2.0L);
        EXPECT_EQ(fegetround(), FE_TONEAREST);
    }
}

TEST(Transition, the_hosts_own_control_words_survive)
{
    auto enclave = TestEnclave::make();
    ASSERT_EQ(fesetround(FE_UPWARD), 0);
    call(*enclave, TestEnclave::tcs(0), Command::Echo);
    EXPECT_EQ(fegetround(), FE_UPWARD);
    call(*enclave, TestEnclave::tcs(0), Command::RaiseUd);
    EXPECT_EQ(fegetround(), FE_UPWARD);
    EXPECT_EQ(_mm_getcsr() & 0x6000, 0x4000u);
    fesetround(FE_TONEAREST);
}

TEST(Transition, an_enclu_that_is_not_patched_exits_too)
{
    auto enclave = TestEnclave::make();
    auto const fs = read_fs_base();
    auto result = call(*enclave, TestEnclave::tcs(0), Command::UnpatchedExit);
    EXPECT_EQ(result.outcome.kind, Kind::Exit);
    EXPECT_EQ(result.registers.rdi, 78u);
    EXPECT_EQ(read_fs_base(), fs);
    EXPECT_EQ(call(*enclave, TestEnclave::tcs(0), Command::Echo).outcome.kind, Kind::Exit);
}

TEST(Transition, threads_are_inside_at_the_same_time_each_by_its_own_tcs)
{
    auto enclave = TestEnclave::make();
    constexpr uint64_t kCount = 2'000'000;
    std::vector<std::thread> threads;
    for (uint64_t index = 0; index < TestEnclave::kTcsCount; ++index) {
        threads.emplace_back([&, index] {
            auto const word = TestEnclave::kBase + TestEnclave::kData + index * 64;
            for (int round = 0; round < 10; ++round)
                EXPECT_EQ(call(*enclave, TestEnclave::tcs(index), Command::Count, word, kCount / 10).outcome.kind,
                    Kind::Exit);
            EXPECT_EQ(*reinterpret_cast<uint64_t*>(word), kCount);
        });
    }
    for (auto& thread : threads)
        thread.join();
}

TEST(Transition, many_threads_one_after_the_other_use_up_nothing)
{
    auto enclave = TestEnclave::make();
    for (int round = 0; round < 3000; ++round) {
        std::thread([&] {
            EXPECT_EQ(call(*enclave, TestEnclave::tcs(0), Command::Echo).outcome.kind, Kind::Exit);
        }).join();
    }
}

} // namespace farl::host
