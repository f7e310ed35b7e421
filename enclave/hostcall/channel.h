// Host calls: a Linux system call executed by the launcher. Arguments that are memory must have been staged.
//
// HOST: an answer is a claim. It is opaque until exactly one of the checkers below has turned it into a value:
// what no kernel could have answered is counted as a lie, logged, and becomes EIO.
#pragma once

#include "enclave/hostcall/staging.h"

#include <sys/syscall.h>

namespace farl {

class CallBatch;

class HostAnswer {
public:
    explicit HostAnswer(int64_t raw) : raw_(raw) { }
    int64_t unchecked() const { return raw_; }

private:
    int64_t raw_;
};

// Does not block for long: the carrier stays the thread's.
HostAnswer host_call(uint64_t number, std::array<uint64_t, 6> arguments);

enum class OnInterrupt {
    Restart, // a stray wake-up repeats the call
    Return,  // EINTR comes back after Scheduler::kick too, or for no reason; the caller looks at its condition again
    Finish,  // nothing cuts it short: for waits on Linux that no signal ends, such as fsync(2)'s
};

// May block: other threads get another carrier meanwhile. Ends with EINTR when the thread has a signal to look at,
// unless it is to finish.
HostAnswer host_call_blocking(
    uint64_t number, std::array<uint64_t, 6> arguments, OnInterrupt policy = OnInterrupt::Restart);

// The same, and once it has answered, the calls at `follow_ups` (wire::BatchedCall), if it goes by an exit: whose
// result stays as it is was not made.
HostAnswer host_call_followed(uint64_t number, std::array<uint64_t, 6> arguments, HostAddress follow_ups);

// The same on a terminal, which stops a caller in the background as tty_ioctl(4) says.
HostAnswer host_call_on_terminal(uint64_t number, std::array<uint64_t, 6> arguments);

template <typename... Args>
HostAnswer host_call(uint64_t number, Args... arguments)
{
    return host_call(number, std::array<uint64_t, 6> { static_cast<uint64_t>(arguments)... });
}

template <typename... Args>
HostAnswer host_call_blocking(uint64_t number, Args... arguments)
{
    return host_call_blocking(
        number, std::array<uint64_t, 6> { static_cast<uint64_t>(arguments)... }, OnInterrupt::Restart);
}

template <typename... Args>
HostAnswer host_call_to_its_end(uint64_t number, Args... arguments)
{
    return host_call_blocking(
        number, std::array<uint64_t, 6> { static_cast<uint64_t>(arguments)... }, OnInterrupt::Finish);
}

// 0 or an error.
Result<> checked_status(HostAnswer answer);
// At most `most`, or an error.
Result<size_t> checked_count(HostAnswer answer, size_t most);
// Any number that fits an int (flags, a size), or an error.
Result<uint64_t> checked_number(HostAnswer answer);
// Any offset, or an error.
Result<uint64_t> checked_offset(HostAnswer answer);

// Host descriptors in use by the runtime; a new one must not be among them.
class HostDescriptor {
public:
    HostDescriptor() = default;
    HostDescriptor(HostDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) { }
    HostDescriptor& operator=(HostDescriptor&& other) noexcept
    {
        std::swap(number_, other.number_);
        return *this;
    }
    ~HostDescriptor();

    // One the launcher was started with.
    static HostDescriptor inherited(int number);
    int number() const { return number_; }
    // It stays in use.
    int release() { return std::exchange(number_, -1); }
    // With other calls. How that went is not told.
    void close_in(CallBatch& batch);
    // close(2)'s own answer; the number is gone in any case.
    Result<> close();

private:
    friend Result<HostDescriptor> checked_descriptor(HostAnswer answer);
    explicit HostDescriptor(int number) : number_(number) { }
    int number_ { -1 };
};

// A descriptor that was not open, or an error.
Result<HostDescriptor> checked_descriptor(HostAnswer answer);
// For numbers delivered in memory (pipe2, socketpair, SCM_RIGHTS).
Result<HostDescriptor> checked_descriptor_value(int number);

// Counts and logs an answer that no honest kernel gives; returns EIO.
Errno host_lied(char const* what, int64_t value);

inline constexpr size_t kCountedCalls = 512;

struct HostCallStatistics {
    bool is_enabled { false }; // set at start only
    std::atomic<uint64_t> counts[kCountedCalls] {};
    std::atomic<uint64_t> ticks[kCountedCalls] {};
    std::atomic<uint64_t> lies { 0 };
    uint64_t transition_ticks { 0 };       // what leaving and coming back cost at start
    uint64_t emulated_transition_ns { 0 }; // what it was to cost
};
HostCallStatistics& host_call_statistics();

} // namespace farl
