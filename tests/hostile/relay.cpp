#include "tests/hostile/relay.h"

#include <climits>
#include <csignal>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace farl::host {

namespace {

constexpr std::chrono::microseconds kLookPeriod { 500 };

} // namespace

void Attack::respond(Relay& relay, uint32_t slot) { relay.push(slot); }

void Relay::start(wire::StartInfo& info)
{
    MUST(pool_.initialise({ .cancel_signal = SIGRTMIN }));
    auto inner = pool_.addresses();
    auto words = [](auto address) { return QueueWords(reinterpret_cast<uint64_t*>(address)); };
    to_workers_.initialise(words(inner.requests));
    from_workers_.initialise(words(inner.responses));
    worker_cancelled_ = reinterpret_cast<uint64_t*>(inner.cancelled);
    requests_.initialise(QueueWords(request_words_));
    responses_.initialise(QueueWords(response_words_));
    carrier_slots_ = reinterpret_cast<wire::HostCallSlot*>(info.slots_address);
    auto address = [](auto* memory) { return reinterpret_cast<uint64_t>(memory); };
    info.async = { .cancelled = address(cancelled_),
        .requests = address(request_words_),
        .responses = address(response_words_),
        .watching = address(&watching_),
        .taken = address(&enclave_has_taken_),
        .workers = address(&workers_) };
    std::thread([this] { forward_for_ever(); }).detach();
}

// The enclave rings for each request, because nobody watches; the period is for attacks that say otherwise.
void Relay::forward_for_ever()
{
    for (;;) {
        forward_requests();
        std::this_thread::sleep_for(kLookPeriod);
    }
}

void Relay::forward_requests()
{
    while (auto request = requests_.pop()) {
        auto slot = request->slot % wire::kCallQueueEntries;
        await_end_of(slot);
        {
            std::lock_guard lock(forwarding_);
            taken_[slot] = request->payload;
            worker_cancelled_[slot] = cancelled_[slot];
        }
        if (liar_.is_armed())
            liar_.attack().submit(*this, slot);
        execute(slot);
    }
}

// A call that was answered early, whose response must not be taken for that of the next.
void Relay::await_end_of(uint32_t slot)
{
    constexpr int kLongest = 10'000;
    for (int i = 0; i < kLongest && is_answered_early_[slot].load(); ++i)
        std::this_thread::sleep_for(std::chrono::microseconds(10));
}

void Relay::execute(uint32_t slot)
{
    to_workers_.push(slot, taken_[slot]);
    wake_pool();
}

void Relay::wake_pool()
{
    std::atomic_thread_fence(std::memory_order_seq_cst); // the request, then the look: as AsyncCalls::submit()
    if (__atomic_load_n(reinterpret_cast<uint64_t*>(pool_.addresses().watching), __ATOMIC_SEQ_CST) == 0)
        pool_.wake_worker();
}

// On the worker's thread.
bool Relay::on_response()
{
    while (auto response = from_workers_.pop()) {
        auto slot = response->slot;
        if (is_answered_early_[slot].exchange(false))
            continue;
        results_[slot] = static_cast<int64_t>(response->payload[0]);
        if (liar_.is_armed())
            liar_.attack().respond(*this, slot);
        else
            push(slot);
    }
    return true;
}

void Relay::push(uint32_t slot)
{
    {
        std::lock_guard lock(responding_);
        auto result = slot < wire::kCallQueueEntries ? results_[slot] : 0;
        responses_.push(slot, { static_cast<uint64_t>(result) });
    }
    wake_carriers();
}

void Relay::answer_early(uint32_t slot, int64_t result)
{
    is_answered_early_[slot].store(true);
    results_[slot] = result;
    push(slot);
}

uint64_t* Relay::next_entry()
{
    auto index = responses_.position() % wire::kCallQueueEntries;
    return response_words_ + index * wire::kEntryWords;
}

void Relay::write_next(uint64_t word)
{
    std::lock_guard lock(responding_);
    __atomic_store_n(next_entry(), word, __ATOMIC_RELEASE);
}

void Relay::write_next_result(int64_t result)
{
    std::lock_guard lock(responding_);
    __atomic_store_n(next_entry() + 1, static_cast<uint64_t>(result), __ATOMIC_RELEASE);
}

void Relay::overwrite_request(uint64_t random)
{
    auto index = (requests_.position() - 1) % wire::kCallQueueEntries;
    auto* entry = request_words_ + index * wire::kEntryWords;
    for (size_t i = 1; i < wire::kEntryWords; ++i)
        entry[i] ^= random;
}

void Relay::wake_carriers()
{
    for (size_t i = 0; i < sgx::kTcsCount; ++i) {
        if (!asleep_[i].exchange(false))
            continue;
        auto* word = reinterpret_cast<uint32_t*>(&carrier_slots_[i].futex_word);
        __atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
        syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
    }
}

void Relay::take_over(HostCall& call, uint64_t carrier)
{
    switch (static_cast<wire::FarlCall>(call.number)) {
    case wire::FarlCall::WakeWorker:
        forward_requests();
        call.instead = 0;
        return;
    case wire::FarlCall::CancelCall: {
        std::lock_guard lock(forwarding_);
        call.instead = pool_.cancel(call.argument(0));
        return;
    }
    case wire::FarlCall::ActForCaller:
        call.instead = pool_.act_for_caller();
        return;
    case wire::FarlCall::SleepCarrier: // the launcher's own workers have answered nothing
        asleep_[carrier].store(true);
        if (call.argument(2) == responses_.position())
            call.slot->arguments[2] = 0;
        else
            call.instead = 0;
        return;
    default:
        return;
    }
}

} // namespace farl::host
