#include "host/executor/async/worker_pool.h"

#include <cerrno>
#include <csignal>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

namespace farl::host {

namespace {

constexpr size_t kWorkerStackSize = 64 * 1024;
constexpr uint64_t kEagerTicks = 20'000; // so long it looks without longer pauses
constexpr int kPause = 8;                // then
constexpr uint64_t kBacklog = 8;         // so many requests wait that another worker is worth to be woken

int current_thread() { return static_cast<int>(syscall(SYS_gettid)); }

} // namespace

Result<> WorkerPool::initialise(WorkerPoolOptions const& options)
{
    auto* memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return Errno::Enomem;
    shared_ = static_cast<Shared*>(memory);
    options_ = options;
    requests_.initialise(QueueWords(shared_->requests));
    responses_.initialise(QueueWords(shared_->responses));
    roster_.initialise(shared_->workers);
    return {};
}

wire::AsyncAddresses WorkerPool::addresses() const
{
    auto address = [](auto* memory) { return reinterpret_cast<uint64_t>(memory); };
    return { .cancelled = address(shared_->cancelled),
        .requests = address(shared_->requests),
        .responses = address(shared_->responses),
        .watching = address(&shared_->watching),
        .taken = address(&shared_->taken),
        .workers = address(&shared_->workers) };
}

// The enclave has seen nobody watch. Perhaps it is not the first to say so: whoever watches now looks at the queue
// once more before it sleeps, and finds what was in it before this call.
int64_t WorkerPool::wake_worker()
{
    std::lock_guard guard(waking_);
    return watching() ? 0 : start_worker();
}

// Who is woken or started watches from this moment on, so that nobody wakes another one for the same request.
int64_t WorkerPool::start_worker()
{
    change_watching(1);
    if (roster_.wake_sleeper())
        return 0;
    roster_.add();
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kWorkerStackSize);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    auto error = options_.start_thread(&thread, &attributes, worker_main, this);
    pthread_attr_destroy(&attributes);
    if (error) {
        roster_.remove();
        change_watching(-1);
    }
    return -error;
}

// On the carrier that asks: there is no worker, and no thread to be had for one.
int64_t WorkerPool::serve_request()
{
    Worker worker { .thread = current_thread() };
    if (auto request = requests_.pop())
        serve(*request, worker);
    look_after(worker.untaken, 0);
    return 0;
}

int64_t WorkerPool::cancel(uint64_t slot)
{
    if (slot >= wire::kCallQueueEntries)
        return -EINVAL;
    __atomic_store_n(&shared_->cancelled[slot], 1, __ATOMIC_SEQ_CST);
    if (auto thread = executing_[slot].load())
        syscall(SYS_tgkill, getpid(), thread, options_.cancel_signal);
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
    Worker worker { .thread = current_thread() };
    while (auto request = next_request(worker)) {
        bool may_block = request->payload[0] & wire::kCallMayBlock;
        if (may_block) {
            change_watching(-1);
            look_after(worker.untaken, 0);
        }
        call_for_others(*request);
        keep_up_with_user(worker.user_generation);
        serve(*request, worker);
        if (may_block)
            change_watching(1);
    }
}

// For requests that had counted on this worker, or for more than it can do soon.
void WorkerPool::call_for_others(wire::CallMessage const& request)
{
    bool may_block = request.payload[0] & wire::kCallMayBlock;
    auto wanted = may_block ? 1 : options_.most_watching;
    if (watching() >= wanted || !requests_.has_next(may_block ? 0 : kBacklog))
        return;
    std::lock_guard guard(waking_);
    if (watching() < wanted)
        start_worker();
}

std::optional<wire::CallMessage> WorkerPool::watch(Worker& worker)
{
    auto start = __rdtsc();
    // One that comes back from a blocked call while others watch goes to sleep.
    if (watching() > options_.most_watching || worker.crowd.is_crowded(start))
        return requests_.pop();
    worker.crowd.begin(start);
    for (uint64_t now = start; now - start < options_.watch_ticks; now = __rdtsc()) {
        worker.crowd.look(now, options_.away_ticks);
        look_after(worker.untaken, options_.patience_ticks);
        if (auto request = requests_.pop())
            return request;
        for (int i = 0; i < (now - start < kEagerTicks ? 1 : kPause); ++i)
            __builtin_ia32_pause();
    }
    return {};
}

// None: this worker has slept for long, and others are there. It is not watching any more then.
std::optional<wire::CallMessage> WorkerPool::next_request(Worker& worker)
{
    for (;;) {
        if (auto request = watch(worker))
            return request;
        look_after(worker.untaken, 0);
        // The enclave writes a request, then looks whether anybody watches; so the other way round here.
        roster_.lie_down();
        change_watching(-1);
        if (auto request = requests_.pop()) {
            if (!roster_.stay_awake())
                change_watching(1);
            return request;
        }
        if (roster_.sleep(options_.longest_sleep) == WorkerRoster::Woken::ToLeave)
            return {};
        if (auto request = requests_.pop())
            return request;
    }
}

void WorkerPool::serve(wire::CallMessage const& request, Worker& worker)
{
    responses_.prepare_push();
    auto start = __rdtsc();
    auto result = execute(request, worker.thread);
    responses_.push(request.slot, { static_cast<uint64_t>(result), __rdtsc() - start });
    if (!listener_.on_response() && !worker.untaken.position)
        worker.untaken = { responses_.position(), __rdtsc() };
}

void WorkerPool::look_after(Untaken& untaken, uint64_t patience)
{
    if (!untaken.position)
        return;
    if (__atomic_load_n(&shared_->taken, __ATOMIC_ACQUIRE) < untaken.position) {
        if (__rdtsc() - untaken.since < patience)
            return;
        listener_.on_untaken_response();
    }
    untaken = {};
}

int64_t WorkerPool::execute(wire::CallMessage const& request, int thread)
{
    LinuxCall call { .number = static_cast<uint32_t>(request.payload[0]), .arguments = &request.payload[1] };
    if (call.number >= wire::kFirstFarlCall || request.slot >= wire::kCallQueueEntries)
        return -ENOSYS;
    if (!(request.payload[0] & wire::kCallIsCancellable))
        return executor_.execute(call);
    call.cancelled = &shared_->cancelled[request.slot];
    executing_[request.slot].store(thread);
    auto result = executor_.execute(call);
    executing_[request.slot].store(0);
    return result;
}

} // namespace farl::host
