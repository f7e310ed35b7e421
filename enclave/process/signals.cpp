#include "enclave/process/signals.h"

#include "enclave/process/interval_timer.h"

#include <bit>

namespace farl {

namespace {

constexpr SignalSet kSynchronous = signal_bit(kSigSegv) | signal_bit(kSigBus) | signal_bit(kSigIll)
    | signal_bit(kSigTrap) | signal_bit(kSigFpe) | signal_bit(kSigSys);
constexpr SignalSet kCoreSignals =
    kSynchronous | signal_bit(kSigQuit) | signal_bit(kSigAbrt) | signal_bit(kSigXcpu) | signal_bit(kSigXfsz);
// SIGCONT too: it continues a process that the host has stopped, and the host has done that when it comes here.
constexpr SignalSet kIgnoredByDefault =
    signal_bit(kSigChld) | signal_bit(kSigUrg) | signal_bit(kSigWinch) | signal_bit(kSigCont);

} // namespace

DefaultAction default_action(int signal)
{
    auto bit = signal_bit(signal);
    if (bit & kIgnoredByDefault)
        return DefaultAction::Ignore;
    if (bit & kStopSignals)
        return DefaultAction::Stop;
    return bit & kCoreSignals ? DefaultAction::Core : DefaultAction::Terminate;
}

PendingSignals::~PendingSignals() { discard(~0ull); }

SignalInfo* PendingSignals::find_of_timer(SignalInfo const& wanted)
{
    auto is_same = [&](SignalInfo const& info) {
        return info.code == kSiTimer && info.signal == wanted.signal && info.timer.timer_id == wanted.timer.timer_id;
    };
    if (!(set_ & signal_bit(wanted.signal)))
        return nullptr;
    if (wanted.signal < kFirstRealTimeSignal)
        return is_same(standard_[wanted.signal]) ? &standard_[wanted.signal] : nullptr;
    for (auto* entry = queue_.first(); entry; entry = queue_.next(*entry))
        if (is_same(entry->info))
            return &entry->info;
    return nullptr;
}

Result<> PendingSignals::add(SignalInfo const& info, uint64_t most)
{
    auto bit = signal_bit(info.signal);
    // A timer has one signal on its way; what it sends meanwhile is counted there (timer_getoverrun(2)).
    if (auto* waiting = info.code == kSiTimer ? find_of_timer(info) : nullptr) {
        waiting->timer.overrun += 1 + info.timer.overrun;
        return {};
    }
    if (info.signal < kFirstRealTimeSignal) {
        if (!(set_ & bit))
            standard_[info.signal] = info;
        set_ |= bit;
        return {};
    }
    auto queued = queue(info, most);
    if (queued.is_error() && info.code != kSiUser)
        return queued;
    set_ |= bit;
    return {};
}

Result<> PendingSignals::queue(SignalInfo const& info, uint64_t most)
{
    if (queued_ >= most || queued_ == kMostQueued)
        return Errno::Eagain;
    auto* entry = new (std::nothrow) Entry { .info = info };
    if (!entry)
        return Errno::Eagain;
    queue_.push_back(*entry);
    ++queued_;
    return {};
}

bool PendingSignals::take(SignalSet wanted, SignalInfo& info)
{
    auto candidates = set_ & wanted;
    if (!candidates)
        return false;
    auto first = candidates & kSynchronous ? candidates & kSynchronous : candidates;
    auto signal = std::countr_zero(first) + 1;
    if (signal < kFirstRealTimeSignal) {
        info = standard_[signal];
        set_ &= ~signal_bit(signal);
    } else {
        info = take_queued(signal);
    }
    if (info.code == kSiTimer)
        process_timers().signal_taken(info);
    return true;
}

SignalInfo PendingSignals::take_queued(int signal)
{
    Entry* found = nullptr;
    bool more = false;
    queue_.for_each([&](Entry& entry) {
        if (entry.info.signal != signal)
            return;
        more |= found != nullptr;
        if (!found)
            found = &entry;
    });
    if (!more)
        set_ &= ~signal_bit(signal);
    SignalInfo info;
    info.signal = signal;
    if (!found)
        return info; // there was no room for what it tells
    info = found->info;
    queue_.remove(*found);
    --queued_;
    delete found;
    return info;
}

void PendingSignals::discard(SignalSet signals)
{
    set_ &= ~signals;
    queue_.for_each([&](Entry& entry) {
        if (signals & signal_bit(entry.info.signal)) {
            queue_.remove(entry);
            --queued_;
            delete &entry;
        }
    });
}

} // namespace farl
