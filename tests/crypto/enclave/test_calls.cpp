// The test enclave: the runtime, and one more system call (operation.h). What it is asked for runs on the caller's
// fiber, as a part of the runtime that used cryptography would.
#include "enclave/crypto/aes_gcm.h"
#include "enclave/hostcall/staging.h"
#include "enclave/memory/user_memory.h"
#include "enclave/sched/wait_queue.h"
#include "tests/crypto/enclave/tls_calls.h"
#include "tests/crypto/wrapped.h"

#include <crypto/internal.h>
#include <cstring>

extern "C" void __real_farl_syscall(farl::UserFrame* frame);

namespace farl::crypto_test {

namespace {

constexpr size_t kMostBytes = 1 << 20;

// ---- locks, as BoringSSL uses them

constinit CRYPTO_MUTEX count_lock {};
constinit uint64_t counter = 0;

// Whoever waits meanwhile must not hold the carrier: with one carrier, the holder would never come back.
uint64_t count_under_lock(uint64_t steps)
{
    for (uint64_t step = 0; step < steps; ++step) {
        CRYPTO_MUTEX_lock_write(&count_lock);
        auto before = counter;
        scheduler().yield();
        counter = before + 1;
        CRYPTO_MUTEX_unlock_write(&count_lock);
    }
    return counter;
}

constexpr size_t kOnceCount = 64;
CRYPTO_once_t onces[kOnceCount]; // PTHREAD_ONCE_INIT is zero
constinit std::atomic<uint64_t> runs { 0 };
constinit std::atomic<uint64_t> finished_runs { 0 };

void run_slowly()
{
    constexpr int kYields = 20;
    runs.fetch_add(1);
    for (int i = 0; i < kYields; ++i)
        scheduler().yield();
    finished_runs.fetch_add(1);
}

// Nobody goes on before somebody has run it to its end, and nobody runs it again.
Result<uint64_t> meet_once(uint64_t index)
{
    if (index >= kOnceCount)
        return Errno::Einval;
    CRYPTO_once(&onces[index], run_slowly);
    if (finished_runs.load() <= index)
        return Errno::Ebusy;
    return runs.load();
}

constinit std::atomic<uint64_t> destroyed { 0 };
void destroy(void*) { destroyed.fetch_add(1); }

// `value` 0 asks how many were destroyed.
Result<uint64_t> keep_local(uint64_t value)
{
    if (!value)
        return destroyed.load();
    if (CRYPTO_get_thread_local(OPENSSL_THREAD_LOCAL_TEST))
        return Errno::Eexist;
    CRYPTO_set_thread_local(OPENSSL_THREAD_LOCAL_TEST, reinterpret_cast<void*>(value), destroy);
    scheduler().yield();
    return reinterpret_cast<uint64_t>(CRYPTO_get_thread_local(OPENSSL_THREAD_LOCAL_TEST));
}

// ---- memory

// How many of the ways to work in host memory were refused.
Result<uint64_t> seal_host_memory()
{
    Staging staging;
    constexpr size_t kSize = 32;
    std::span outside(reinterpret_cast<std::byte*>(TRY(staging.reserve(kSize)).value()), kSize);
    std::span beyond(reinterpret_cast<std::byte*>(sgx::kEnclaveSize - kSize / 2), kSize);
    std::byte memory[kSize] {};
    std::span inside(memory);
    AesGcm gcm(AesGcm::Key {});
    AesGcm::Tag tag {};
    auto is_refused = [](Result<> result) { return result.is_error() && result.error() == Errno::Efault; };
    uint64_t refused = 0;
    for (auto bad : { outside, beyond }) {
        refused += is_refused(gcm.seal({}, {}, bad, inside, tag));
        refused += is_refused(gcm.seal({}, {}, inside, bad, tag));
        refused += is_refused(gcm.seal({}, bad, inside, inside, tag));
        refused += is_refused(gcm.open({}, {}, bad, tag, inside));
        refused += is_refused(gcm.open({}, {}, inside, tag, bad));
        refused += is_refused(gcm.open({}, bad, inside, tag, inside));
    }
    return refused;
}

// ---- how deep the stack was, below the caller's frame

constexpr std::byte kPaint { 0xa5 };

std::span<std::byte> unused_stack()
{
    constexpr uint64_t kOwn = 512; // of painting itself
    auto bottom = Carrier::current().fiber->stack_bottom();
    auto here = reinterpret_cast<uint64_t>(__builtin_frame_address(0)) - kOwn;
    return { reinterpret_cast<std::byte*>(bottom), here - bottom };
}

constinit std::atomic<uint64_t> deepest { 0 };

[[gnu::noinline]] void paint_stack()
{
    auto stack = unused_stack();
    memset(stack.data(), static_cast<int>(kPaint), stack.size());
}

[[gnu::noinline]] void note_depth()
{
    auto stack = unused_stack();
    size_t untouched = 0;
    while (untouched < stack.size() && stack[untouched] == kPaint)
        ++untouched;
    auto depth = kFiberStackSize - untouched;
    for (auto known = deepest.load(); depth > known && !deepest.compare_exchange_weak(known, depth);) { }
}

template <typename Function>
Result<uint64_t> with_depth(Function const& function)
{
    paint_stack();
    auto result = function();
    note_depth();
    return result;
}

// ---- the call

using Buffer = Vector<std::byte>;

// The application's bytes are inside the enclave, but others may change them: the operation works on a copy.
Result<> copy_in(Bytes& bytes, Buffer& copy)
{
    if (bytes.size > kMostBytes)
        return Errno::Einval;
    TRY(copy.reserve(bytes.size + 1));
    for (size_t i = 0; i < bytes.size; ++i)
        TRY(copy.push(std::byte {}));
    TRY(copy_from_user(copy.data(), reinterpret_cast<uint64_t>(bytes.data), bytes.size));
    bytes.data = copy.data();
    return {};
}

Result<uint64_t> run_on_copies(Request request)
{
    auto const users = request;
    Bytes* all[] = { &request.key, &request.nonce, &request.additional, &request.input, &request.output, &request.tag };
    Buffer copies[std::size(all)];
    for (size_t i = 0; i < std::size(all); ++i)
        TRY(copy_in(*all[i], copies[i]));
    auto result = with_depth([&] { return run_wrapped(request); });
    TRY(copy_to_user(reinterpret_cast<uint64_t>(users.output.data), request.output.data, request.output.size));
    TRY(copy_to_user(reinterpret_cast<uint64_t>(users.tag.data), request.tag.data, request.tag.size));
    return result;
}

Result<uint64_t> answer(uint64_t address)
{
    Request request;
    TRY(copy_from_user(&request, address, sizeof(request)));
    switch (request.operation) {
    case Operation::SealHostMemory:
        return seal_host_memory();
    case Operation::MeetOnce:
        return meet_once(request.count);
    case Operation::CountUnderLock:
        return count_under_lock(request.count);
    case Operation::KeepLocal:
        return keep_local(request.count);
    case Operation::ShakeHands:
        return with_depth(shake_hands);
    case Operation::DeepestStack:
        return deepest.load();
    default:
        return run_on_copies(request);
    }
}

} // namespace

} // namespace farl::crypto_test

extern "C" void __wrap_farl_syscall(farl::UserFrame* frame)
{
    using namespace farl;
    if (frame->orig_rax != crypto_test::kSystemCall)
        return __real_farl_syscall(frame);
    auto result = crypto_test::answer(frame->rdi);
    frame->rax = result.is_ok() ? result.value() : -static_cast<uint64_t>(result.error());
    if (Carrier::current().wants_help)
        scheduler().summon_help();
}
