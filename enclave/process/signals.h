// Signals of one process: dispositions, pending sets and masks. Signal sets are as the kernel has them: bit n-1 for n.
// Frames and delivery are in signal_frame.h.
#pragma once

#include "base/intrusive_list.h"
#include "base/result.h"
#include "base/spinlock.h"

#include <cstdint>

namespace farl {

using SignalSet = uint64_t;
inline constexpr int kSignalCount = 64;

constexpr SignalSet signal_bit(int signal) { return 1ull << (signal - 1); }
constexpr bool is_signal(int signal) { return signal >= 1 && signal <= kSignalCount; }

inline constexpr int kSigHup = 1, kSigInt = 2, kSigQuit = 3, kSigIll = 4, kSigTrap = 5, kSigAbrt = 6, kSigBus = 7,
                     kSigFpe = 8, kSigKill = 9, kSigUsr1 = 10, kSigSegv = 11, kSigUsr2 = 12, kSigPipe = 13,
                     kSigAlrm = 14, kSigTerm = 15, kSigChld = 17, kSigCont = 18, kSigStop = 19, kSigTstp = 20,
                     kSigTtin = 21, kSigTtou = 22, kSigUrg = 23, kSigXcpu = 24, kSigXfsz = 25, kSigVtalrm = 26,
                     kSigProf = 27, kSigWinch = 28, kSigIo = 29, kSigPwr = 30, kSigSys = 31;
inline constexpr int kFirstRealTimeSignal = 32;

inline constexpr SignalSet kUnblockable = signal_bit(kSigKill) | signal_bit(kSigStop);
inline constexpr SignalSet kStopSignals =
    signal_bit(kSigStop) | signal_bit(kSigTstp) | signal_bit(kSigTtin) | signal_bit(kSigTtou);

// rt_sigaction(2)'s struct sigaction, x86-64.
struct SignalAction {
    uint64_t handler { 0 };
    uint64_t flags { 0 };
    uint64_t restorer { 0 };
    SignalSet mask { 0 };
};
inline constexpr uint64_t kSigDefault = 0, kSigIgnore = 1;
// Others are dropped, so that a program can ask which there are: UAPI_SA_FLAGS and SA_RESTORER.
inline constexpr uint64_t kKnownActionFlags = 0xdc00'0807;
inline constexpr uint64_t kSaSigInfo = 4, kSaOnStack = 0x0800'0000, kSaRestart = 0x1000'0000, kSaNoDefer = 0x4000'0000,
                          kSaResetHand = 0x8000'0000, kSaRestorer = 0x0400'0000;

// siginfo_t, x86-64: 128 bytes.
struct SignalInfo {
    int32_t signal { 0 };
    int32_t error { 0 };
    int32_t code { 0 };
    int32_t padding { 0 };
    union {
        struct {
            int32_t pid;
            uint32_t uid;
            uint64_t value; // sigqueue
        } sender;
        struct {
            int32_t timer_id;
            int32_t overrun;
            uint64_t value;
        } timer;
        struct {
            uint64_t address;
            uint64_t details[2];
        } fault;
        struct {
            int64_t band;
            int32_t descriptor;
        } poll;
        uint8_t bytes[112];
    };
    SignalInfo() : bytes {} { }
};
static_assert(sizeof(SignalInfo) == 128);

inline constexpr int kSiUser = 0, kSiKernel = 0x80, kSiQueue = -1, kSiTimer = -2, kSiTkill = -6;

// Signals sent and not yet delivered: one each of the standard ones, a queue for the real-time ones.
class PendingSignals {
public:
    ~PendingSignals();

    SignalSet set() const { return set_; }
    // EAGAIN if a real-time signal cannot be queued: there is room for `most` (RLIMIT_SIGPENDING). One by kill(2) is
    // pending all the same, without what it tells. A standard signal that is pending already is merged.
    Result<> add(SignalInfo const& info, uint64_t most);
    // The next one of `wanted`: synchronous faults first, then by number.
    bool take(SignalSet wanted, SignalInfo& info);
    void discard(SignalSet signals);

private:
    struct Entry {
        SignalInfo info;
        ListLink link;
    };
    static constexpr uint64_t kMostQueued = 4096;

    Result<> queue(SignalInfo const& info, uint64_t most);
    SignalInfo take_queued(int signal);
    SignalInfo* find_of_timer(SignalInfo const& wanted);

    SignalSet set_ { 0 };
    size_t queued_ { 0 };
    SignalInfo standard_[kFirstRealTimeSignal];
    IntrusiveList<Entry, &Entry::link> queue_;
};

enum class DefaultAction { Terminate, Core, Ignore, Stop };
DefaultAction default_action(int signal);

inline constexpr int32_t kSsOnStack = 1, kSsDisable = 2, kSsAutoDisarm = static_cast<int32_t>(1u << 31);

// sigaltstack(2)'s stack_t, as it was set; size 0: none.
struct SignalStack {
    uint64_t address { 0 };
    int32_t flags { kSsDisable };
    int32_t padding { 0 };
    uint64_t size { 0 };

    bool holds(uint64_t rsp) const { return rsp > address && rsp - address <= size; }
    // One that is disarmed in handlers can be set while they run.
    bool is_in_use(uint64_t rsp) const { return !(flags & kSsAutoDisarm) && holds(rsp); }
    // SS_DISABLE, SS_ONSTACK, or 0.
    int32_t state(uint64_t rsp) const { return !size ? kSsDisable : is_in_use(rsp) ? kSsOnStack : 0; }
};
inline constexpr uint64_t kSmallestSignalStack = 2048;

} // namespace farl
