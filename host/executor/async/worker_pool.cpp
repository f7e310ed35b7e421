#include "host/executor/async/worker_pool.h"

#include <cerrno>
#include <climits>
#include <csignal>
#include <ctime>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace farl::host {

namespace {

constexpr size_t kWorkerStackSize = 64 * 1024;
constexpr int kSpinRounds = 2000; // about 50 us, then sleep: waking takes as long
constexpr int kLongestPause = 32;
constexpr timespec kIdleTime { 10, 0 }; // a worker that slept so long is one too many

long futex(std::atomic<uint32_t>& word, int operation, uint32_t value, timespec const* timeout)
{
    return syscall(SYS_futex, &word, operation, value, timeout, nullptr, 0);
}

} // namespace

Result<> WorkerPool::initialise(int cancel_signal)
{
    auto* memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return Errno::Enomem;
    shared_ = static_cast<Shared*>(memory);
    cancel_signal_ = cancel_signal;
    requests_.initialise(QueueWords(shared_->requests));
    responses_.initialise(QueueWords(shared_->responses));
    return {};
}

wire::AsyncAddresses WorkerPool::addresses() const
{
    auto address = [](auto* memory) { return reinterpret_cast<uint64_t>(memory); };
    return { .slots = address(shared_->slots),
        .requests = address(shared_->requests),
        .responses = address(shared_->responses),
        .watching = address(&shared_->watching) };
}

int64_t WorkerPool::wake_worker()
{
    bell_.fetch_add(1);
    if (sleeping_.load() > 0) {
        futex(bell_, FUTEX_WAKE_PRIVATE, 1, nullptr);
        return 0;
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kWorkerStackSize);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    auto error = pthread_create(&thread, &attributes, worker_main, this);
    pthread_attr_destroy(&attributes);
    return -error;
}

int64_t WorkerPool::cancel(uint64_t slot)
{
    if (slot >= wire::kCallQueueWords)
        return -EINVAL;
    __atomic_store_n(&shared_->slots[slot].cancelled, 1, __ATOMIC_SEQ_CST);
    if (auto thread = executing_[slot].load())
        syscall(SYS_tgkill, getpid(), thread, cancel_signal_);
    return 0;
}

int64_t WorkerPool::act_for_caller()
{
    std::lock_guard guard(user_lock_);
    user_ = ThreadUser::of_caller();
    user_generation_.fetch_add(1, std::memory_order_release);
    return 0;
}

void WorkerPool::keep_up_with_user(uint64_t& generation)
{
    if (generation == user_generation_.load(std::memory_order_acquire)) [[likely]]
        return;
    std::lock_guard guard(user_lock_);
    user_.take_on();
    generation = user_generation_.load(std::memory_order_relaxed);
}

void* WorkerPool::worker_main(void* pool)
{
    static_cast<WorkerPool*>(pool)->work();
    return nullptr;
}

void WorkerPool::work()
{
    worker_count_.fetch_add(1);
    change_watching(1);
    auto thread = static_cast<int>(syscall(SYS_gettid));
    uint64_t user_generation = 0;
    while (auto slot = next_request()) {
        keep_up_with_user(user_generation);
        execute(*slot, thread);
    }
    worker_count_.fetch_sub(1);
}

std::optional<uint32_t> WorkerPool::next_request()
{
    int pause = 1;
    for (int round = 0; round < kSpinRounds; round += pause) {
        if (auto slot = requests_.pop())
            return slot;
        for (int i = 0; i < pause; ++i)
            __builtin_ia32_pause();
        if (pause < kLongestPause)
            pause *= 2;
    }
    return sleep_for_request();
}

// None: this worker has slept for long, and others are there. It is not watching any more then.
std::optional<uint32_t> WorkerPool::sleep_for_request()
{
    for (;;) {
        // The enclave writes a request, then looks whether anybody watches; so the other way round here.
        auto heard = bell_.load();
        sleeping_.fetch_add(1);
        change_watching(-1);
        auto slot = requests_.pop();
        auto result = slot ? 0 : futex(bell_, FUTEX_WAIT_PRIVATE, heard, &kIdleTime);
        bool is_idle = result != 0 && errno == ETIMEDOUT;
        sleeping_.fetch_sub(1);
        if (is_idle && worker_count_.load() > 1 && bell_.load() == heard)
            return {};
        change_watching(1);
        if (!slot)
            slot = requests_.pop();
        if (slot)
            return slot;
    }
}

void WorkerPool::execute(uint32_t index, int thread)
{
    auto& slot = shared_->slots[index];
    bool may_block = slot.may_block;
    if (may_block) {
        change_watching(-1);
        if (requests_.has_next()) // of those that were counted on this one
            wake_worker();
    }
    executing_[index].store(thread);
    slot.result = slot.number < wire::kFirstFarlCall ? executor_.execute(slot) : -ENOSYS;
    executing_[index].store(0);
    responses_.push(index);
    listener_.on_response();
    if (may_block)
        change_watching(1);
}

} // namespace farl::host
