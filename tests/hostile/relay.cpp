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
    MUST(pool_.initialise(SIGRTMIN));
    auto inner = pool_.addresses();
    auto words = [](auto address) { return QueueWords(reinterpret_cast<uint64_t*>(address)); };
    to_workers_.initialise(words(inner.requests));
    from_workers_.initialise(words(inner.responses));
    worker_slots_ = reinterpret_cast<wire::HostCallSlot*>(inner.slots);
    requests_.initialise(QueueWords(request_words_));
    responses_.initialise(QueueWords(response_words_));
    carrier_slots_ = reinterpret_cast<wire::HostCallSlot*>(info.slots_address);
    auto address = [](auto* memory) { return reinterpret_cast<uint64_t>(memory); };
    info.async = { .slots = address(slots_),
        .requests = address(request_words_),
        .responses = address(response_words_),
        .watching = address(&watching_) };
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
    while (auto index = requests_.pop()) {
        auto slot = *index % wire::kCallQueueWords;
        {
            std::lock_guard lock(forwarding_);
            worker_slots_[slot] = slots_[slot];
        }
        if (liar_.is_armed())
            liar_.attack().submit(*this, slot);
        execute(slot);
    }
}

void Relay::execute(uint32_t slot)
{
    to_workers_.push(slot);
    wake_pool();
}

void Relay::wake_pool()
{
    if (__atomic_load_n(reinterpret_cast<uint64_t*>(pool_.addresses().watching), __ATOMIC_SEQ_CST) == 0)
        pool_.wake_worker();
}

// On the worker's thread.
void Relay::on_response()
{
    while (auto slot = from_workers_.pop()) {
        slots_[*slot].result = worker_slots_[*slot].result;
        if (liar_.is_armed())
            liar_.attack().respond(*this, *slot);
        else
            push(*slot);
    }
}

void Relay::push(uint32_t slot)
{
    {
        std::lock_guard lock(responding_);
        responses_.push(slot);
    }
    wake_carriers();
}

void Relay::write_next(uint64_t word)
{
    std::lock_guard lock(responding_);
    auto position = responses_.position();
    static_assert(wire::kCallQueueBits > 3);
    constexpr auto kMask = wire::kCallQueueWords - 1;
    response_words_[(position << 3 & kMask) | (position & kMask) >> (wire::kCallQueueBits - 3)] = word;
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
