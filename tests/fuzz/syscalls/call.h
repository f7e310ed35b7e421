// What a system call takes and gives, as far as the fuzzer has to know it: the kinds of its arguments, and which parts
// of its answer may differ from run to run.
#pragma once

#include "tests/fuzz/syscalls/random.h"

namespace farl::fuzz {

enum class Kind : uint8_t {
    None,
    Fd,        // of the prepared ones, mostly
    OwnFd,     // the same, for calls that change the object for everyone: never one of the machine's devices
    Target,    // a number to be given to a descriptor
    Directory, // AT_FDCWD or a descriptor
    OwnDirectory,
    Path,       // in the working directory
    AnyPath,    // also elsewhere: for calls that change nothing there
    DevicePath, // the same, without directories, which a sequence could reach into
    Name,       // of an extended attribute
    Buffer,
    Size,
    Offset,
    Address, // in the range for mappings
    Length,  // of a mapping
    Mode,
    Flags,  // any subset of the given values
    Choice, // one of the given values
    Number, // small or at a boundary
    Vector, // struct iovec[]
    VectorCount,
    OffsetPointer,
    NumberPointer,
    NoWait,    // struct timeval or timespec of zero
    MicroTime, // struct timeval[2]
    Timer,     // struct itimerspec
    SocketName,
    Lock,   // struct flock
    Polled, // struct pollfd[4]
    DescriptorSet,
    Event, // struct epoll_event
    SignalSet,
    Zero,
};

struct Argument {
    Kind kind { Kind::None };
    std::span<int64_t const> values {};

    constexpr Argument(Kind kind = Kind::None) : kind(kind) { } // NOLINT(google-explicit-constructor)
    constexpr Argument(Kind kind, std::span<int64_t const> values) : kind(kind), values(values) { }
};

enum class Answer : uint8_t {
    Plain,
    Address, // only whether it succeeded
    Hidden,  // the number is the run's own affair
};

// Hides in what the call wrote at its arguments that which may differ: inode numbers, times.
using Hide = void (*)(uint64_t const (&arguments)[6], int64_t result);

struct Call {
    int number;
    char const* name;
    Argument arguments[6];
    Answer answer { Answer::Plain };
    Hide hide { nullptr };
};

std::span<Call const> calls();

} // namespace farl::fuzz
