#include "enclave/process/host_signal.h"

namespace farl {

namespace {

// 32 and 33 are the C library's own.
constexpr SignalSet kFromOutside =
    ~(signal_bit(kSigSegv) | signal_bit(kSigBus) | signal_bit(kSigIll) | signal_bit(kSigFpe) | signal_bit(kSigTrap)
        | signal_bit(kSigSys) | signal_bit(kSigKill) | signal_bit(kSigStop) | signal_bit(32) | signal_bit(33));

// Those whose siginfo_t holds a sender, sigaction(2).
bool has_sender(int signal, int64_t code)
{
    constexpr int kFirstOfChild = 1, kLastOfChild = 6; // CLD_EXITED to CLD_CONTINUED
    if (signal == kSigChld && code >= kFirstOfChild && code <= kLastOfChild)
        return true;
    return code == kSiUser || code == kSiKernel || code == kSiQueue || code == kSiTkill;
}

} // namespace

std::optional<SignalInfo> believed_signal(wire::HostSignal const& signal, int own_pid, SignalSet refused)
{
    constexpr uint64_t kLargestPid = 1 << 22; // PID_MAX_LIMIT of Linux
    if (signal.number < 1 || signal.number > kSignalCount)
        return std::nullopt;
    SignalInfo info;
    info.signal = static_cast<int>(signal.number);
    info.code = kSiUser;
    if (!(kFromOutside & ~refused & signal_bit(info.signal)))
        return std::nullopt;
    if (!has_sender(info.signal, signal.code) || signal.pid > kLargestPid
        || signal.pid == static_cast<uint64_t>(own_pid))
        return info; // from nobody, as kill(2) from another PID namespace
    info.code = static_cast<int>(signal.code);
    info.sender.pid = static_cast<int>(signal.pid);
    info.sender.uid = static_cast<uint32_t>(signal.uid);
    info.sender.value = info.code == kSiUser || info.code == kSiTkill ? 0 : signal.value;
    return info;
}

} // namespace farl
