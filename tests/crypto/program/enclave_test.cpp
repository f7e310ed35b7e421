// What only an enclave shows: threads of the application on several carriers, or on one, registers, memory of the host.
#include "tests/crypto/operation.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <gtest/gtest.h>
#include <immintrin.h>
#include <numbers>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace farl::crypto_test;

namespace {

constexpr int kThreads = 8;

template <typename Function>
void in_threads(Function const& function)
{
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([&, i] { function(i); });
    for (auto& thread : threads)
        thread.join();
}

template <size_t Size>
Bytes view(std::array<uint8_t, Size>& octets, size_t size = Size)
{
    return { octets.data(), size };
}

// Holders give their carrier away, so that a waiter which kept it would wait for ever.
TEST(Locks, exclude_and_switch_threads)
{
    constexpr uint64_t kSteps = 500;
    in_threads([](int) { perform({ .operation = Operation::CountUnderLock, .count = kSteps }); });
    EXPECT_EQ(perform({ .operation = Operation::CountUnderLock, .count = 0 }), kThreads * static_cast<int>(kSteps));
}

TEST(Once, is_run_once_and_waited_for_by_all)
{
    for (uint64_t i = 0; i < 64; ++i) {
        std::atomic<int> wrong { 0 };
        in_threads([&](int) {
            if (perform({ .operation = Operation::MeetOnce, .count = i }) != static_cast<int64_t>(i + 1))
                ++wrong;
        });
        ASSERT_EQ(wrong, 0) << i;
    }
}

TEST(Locals, belong_to_their_thread_and_end_with_it)
{
    std::atomic<int> wrong { 0 };
    in_threads([&](int i) {
        auto const own = static_cast<uint64_t>(i + 1);
        if (perform({ .operation = Operation::KeepLocal, .count = own }) != static_cast<int64_t>(own))
            ++wrong;
        if (perform({ .operation = Operation::KeepLocal, .count = own }) != -EEXIST)
            ++wrong;
    });
    EXPECT_EQ(wrong, 0);
    // A join returns a little before its thread has ended.
    auto const count = [] { return perform({ .operation = Operation::KeepLocal, .count = 0 }); };
    for (int i = 0; i < 1000 && count() < kThreads; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(count(), kThreads);
}

TEST(Threads, sign_verify_seal_and_open_at_once)
{
    constexpr int kRounds = 50;
    std::atomic<int> right { 0 };
    in_threads([&](int i) {
        std::array<uint8_t, 32> key {};
        std::array<uint8_t, 65> point;
        std::array<uint8_t, 72> signature;
        std::array<uint8_t, 4096> text, sealed, opened;
        std::array<uint8_t, 12> nonce {};
        std::array<uint8_t, 16> tag;
        key[31] = static_cast<uint8_t>(i + 1);
        perform({ .operation = Operation::PublicKey, .key = view(key), .output = view(point) });
        for (int round = 0; round < kRounds; ++round) {
            text.fill(static_cast<uint8_t>(round));
            nonce[0] = static_cast<uint8_t>(round);
            auto const size = perform(
                { .operation = Operation::Sign, .key = view(key), .input = view(text), .output = view(signature) });
            auto const verified = perform({ .operation = Operation::Verify,
                .key = view(point),
                .input = view(text),
                .tag = view(signature, static_cast<size_t>(size)) });
            perform({ .operation = Operation::Seal,
                .key = view(key),
                .nonce = view(nonce),
                .input = view(text),
                .output = view(sealed),
                .tag = view(tag) });
            auto const ok = perform({ .operation = Operation::Open,
                .key = view(key),
                .nonce = view(nonce),
                .input = view(sealed),
                .output = view(opened),
                .tag = view(tag) });
            right += size > 0 && verified == 0 && ok >= 0 && opened == text && sealed != text;
        }
    });
    EXPECT_EQ(right, kThreads * kRounds);
}

TEST(Threads, shake_hands_at_once)
{
    constexpr int kRounds = 5, kTls13 = 0x0304;
    std::atomic<int> right { 0 };
    in_threads([&](int) {
        for (int round = 0; round < kRounds; ++round) {
            auto const version = perform({ .operation = Operation::ShakeHands });
            EXPECT_EQ(version, kTls13);
            right += version == kTls13;
        }
    });
    EXPECT_EQ(right, kThreads * kRounds);
}

// The compiler knows nothing of vector registers that live across this.
__attribute__((target("avx"))) int64_t call_with_vectors(Request const& request, uint8_t const* before, uint8_t* after)
{
    int64_t result = kSystemCall;
    asm volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
                 "vmovdqu \\n*32(%[before]), %%ymm\\n\n"
                 ".endr\n"
                 "syscall\n"
                 ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
                 "vmovdqu %%ymm\\n, \\n*32(%[after])\n"
                 ".endr\n"
                 "vzeroupper\n"
                 : "+a"(result)
                 : "D"(&request), [before] "r"(before), [after] "r"(after)
                 : "rcx", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                 "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    return result;
}

constexpr std::pair<Operation, char const*> kOperations[] = {
    { Operation::Seal, "seal" },
    { Operation::Open, "open" },
    { Operation::Hmac, "hmac" },
    { Operation::Hkdf, "hkdf" },
    { Operation::PublicKey, "public key" },
    { Operation::Sign, "sign" },
    { Operation::Verify, "verify" },
    { Operation::Agree, "agree" },
    { Operation::ShakeHands, "shake hands" },
};

// Arguments with which it succeeds, but for Open and Verify, which find what is there to be wrong.
struct Arguments {
    std::array<uint8_t, 32> scalar {};
    std::array<uint8_t, 65> point {};
    std::array<uint8_t, 72> output {}, signature {};
    std::array<uint8_t, 12> nonce {};
    std::array<uint8_t, 16> tag {};

    Arguments()
    {
        scalar[31] = 7;
        perform({ .operation = Operation::PublicKey, .key = view(scalar), .output = view(point) });
        perform({ .operation = Operation::Sign, .key = view(scalar), .input = view(nonce), .output = view(signature) });
    }
    Request request(Operation operation)
    {
        bool is_verify = operation == Operation::Verify, is_agree = operation == Operation::Agree;
        return { .operation = operation,
            .key = is_verify ? view(point) : view(scalar),
            .nonce = view(nonce),
            .input = is_agree ? view(point) : view(signature),
            .output = view(output),
            .tag = is_verify ? view(signature) : view(tag) };
    }
};

TEST(Registers, of_the_application_survive_and_hold_nothing_of_the_key)
{
    Arguments arguments;
    std::array<uint8_t, 512> before, after;
    for (auto [operation, name] : kOperations)
        for (int step : { 0, 37 }) {
            for (size_t i = 0; i < before.size(); ++i)
                before[i] = static_cast<uint8_t>(i * static_cast<size_t>(step));
            after.fill(0xee);
            auto const request = arguments.request(operation);
            auto const result = call_with_vectors(request, before.data(), after.data());
            auto const is_refusal = operation == Operation::Open || operation == Operation::Verify;
            EXPECT_EQ(result < 0, is_refusal) << name << " " << result;
            EXPECT_EQ(before, after) << name;
        }
}

// Two numbers on the stack of the floating-point unit, from before to after.
double call_with_x87(Request const& request)
{
    int64_t result = kSystemCall;
    double pi, ratio;
    asm volatile("fldpi\n"
                 "fldl2e\n"
                 "syscall\n"
                 "fstpl %[ratio]\n"
                 "fstpl %[pi]\n"
                 : "+a"(result), [ratio] "=m"(ratio), [pi] "=m"(pi)
                 : "D"(&request)
                 : "rcx", "r11", "memory", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
    return pi * ratio;
}

TEST(Registers, of_the_floating_point_unit_survive)
{
    Arguments arguments;
    for (auto [operation, name] : kOperations)
        EXPECT_EQ(call_with_x87(arguments.request(operation)), std::numbers::pi * std::numbers::log2e) << name;
}

TEST(HostMemory, is_refused_wherever_it_is_passed)
{
    EXPECT_EQ(perform({ .operation = Operation::SealHostMemory }), 12);
}

// Of 32 KiB. What is left is for the system call that needs cryptography.
TEST(Stack, leaves_half_of_it_to_the_caller)
{
    auto const depth = perform({ .operation = Operation::DeepestStack });
    RecordProperty("deepest", static_cast<int>(depth));
    std::printf("deepest stack: %ld bytes\n", depth);
    EXPECT_LT(depth, 16 * 1024);
}

} // namespace
