#include "enclave/process/signals.h"

#include <bit>

namespace farl {

namespace {

constexpr SignalSet kSynchronous = signal_bit(kSigSegv) | signal_bit(kSigBus) | signal_bit(kSigIll)
    | signal_bit(kSigTrap) | signal_bit(kSigFpe) | signal_bit(kSigSys);
constexpr SignalSet kCoreSignals =
    kSynchronous | signal_bit(kSigQuit) | signal_bit(kSigAbrt) | signal_bit(kSigXcpu) | signal_bit(kSigXfsz);
constexpr SignalSet kIgnoredByDefault = signal_bit(kSigChld) | signal_bit(kSigUrg) | signal_bit(kSigWinch);

} // namespace

DefaultAction default_action(int signal)
{
    auto bit = signal_bit(signal);
    if (bit & kIgnoredByDefault)
        return DefaultAction::Ignore;
    if (bit & kStopSignals)
        return DefaultAction::Stop;
    if (signal == kSigCont)
        return DefaultAction::Continue;
    return bit & kCoreSignals ? DefaultAction::Core : DefaultAction::Terminate;
}

PendingSignals::~PendingSignals() { discard(~0ull); }

Result<> PendingSignals::add(SignalInfo const& info)
{
    auto bit = signal_bit(info.signal);
    if (info.signal < kFirstRealTimeSignal) {
        if (!(set_ & bit))
            standard_[info.signal] = info;
        set_ |= bit;
        return {};
    }
    if (queued_ == kMostQueued)
        return Errno::Eagain;
    auto* entry = new (std::nothrow) Entry { .info = info };
    if (!entry)
        return Errno::Eagain;
    queue_.push_back(*entry);
    ++queued_;
    set_ |= bit;
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
        return true;
    }
    Entry* found = nullptr;
    bool more = false;
    queue_.for_each([&](Entry& entry) {
        if (entry.info.signal != signal)
            return;
        more = found != nullptr;
        if (!found)
            found = &entry;
    });
    ASSERT(found);
    info = found->info;
    queue_.remove(*found);
    --queued_;
    delete found;
    if (!more)
        set_ &= ~signal_bit(signal);
    return true;
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
