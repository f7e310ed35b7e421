// What the launcher and the runtime say to each other at EENTER and EEXIT, and the slot a host call travels in.
// Everything here lies in host memory or in registers the host chooses: the runtime believes none of it unchecked.
#pragma once

#include <cstddef>
#include <cstdint>

namespace farl::wire {

// EENTER, RDI: why the launcher enters. Only a TCS that has never been entered may get Start or Carrier or Signals.
enum class Entry : uint64_t {
    Start = 1,   // RSI: address of a StartInfo; first carrier
    Carrier = 2, // another carrier for the scheduler
    Signals = 3, // the carrier that brings host signals in
    Resume = 4,  // after an exit: the slot holds the answer
};

// EEXIT, RDI: what the runtime asks for.
enum class Exit : uint64_t {
    HostCall = 1,         // RSI: the slot; enter again with Resume when it is answered
    ExceptionHandled = 2, // ERESUME this TCS
    Refused = 3,          // the entry broke the protocol
};

// Host call numbers below kFirstFarlCall are Linux system calls, executed as they stand.
inline constexpr uint64_t kFirstFarlCall = 0x1'0000;
enum class FarlCall : uint64_t {
    // Of pages (host/platform/platform.h), which the enclave accepts: address, size
    ProtectPages = kFirstFarlCall, // PROT_*: the page tables; a page comes when it is missed
    PreparePages,                  // page tables for pages that come by EACCEPTCOPY
    RestrictPages,                 // PROT_*: EMODPR
    TrimPages,                     // EMODT to trimmed
    DiscardPages,                  // EREMOVE of those that were trimmed: new ones may come
    ReleasePages,                  // the same, and no access
    SpawnCarrier,                  // start one more carrier thread
    SleepCarrier,                  // futex word's expected value, timeout ns (-1: none), responses taken so far:
                                   // until WakeCarrier, or a response that was not taken
    WakeCarrier,                   // carrier index
    InterruptCarrier, // carrier index: make its blocked host call return EINTR, or its enclave code take an AEX
    WaitSignal,       // address: sleeps until a signal comes, and writes a HostSignal
    Exit,             // status, signal (0: exit with status, else die by that signal)
    Stop,             // stop this process as SIGSTOP does, until continued
    SampleClocks,     // address: writes a ClockSample
    SetTick,          // nonzero: interrupt carriers that compute every 10 ms
    WakeWorker,       // no worker looks at the request queue: wake one, or start one; an error if there is none
    ServeRequest,     // take a request from the queue and execute it, because there is no worker: may block
    CancelCall,       // slot: make its call in the request queue, or at a worker, return EINTR
    ActForCaller,     // workers act for the user that the calling carrier acts for
    QuotingTarget,    // address: writes the TARGETINFO that a report for Quote is made for
    Quote,            // address of a REPORT, address, size: writes its quote there; its size. EMSGSIZE: does not fit
    CallBatch,        // address of BatchedCalls, how many: makes these Linux calls one after another
    Resolve, // a host name's address, size, AF_*: at once a descriptor, from which its addresses can be read when they
             // are known, 16 bytes each as of IPv6, at most kMostResolved in one piece, and then the end
};

inline constexpr uint64_t kFollowUps = 2;
inline constexpr uint64_t kNoCall = ~0ull; // for a number: nothing is made, and nothing answered
inline constexpr uint64_t kMostResolved = 16;

struct BatchedCall {
    uint64_t number;
    uint64_t arguments[6];
    int64_t result;
};
static_assert(sizeof(BatchedCall) == 64);

// One per carrier; addresses are fixed at start. The launcher reads number and arguments, writes result.
struct HostCallSlot {
    uint64_t number;
    uint64_t arguments[6];
    int64_t result;
    uint64_t wake_carrier;   // before executing: wake this carrier, 0 for none, else index + 1
    uint64_t spawn_carrier;  // before executing: start one more carrier if nonzero; stays so, and nothing is executed,
                             // if that fails
    uint64_t cancelled;      // set by InterruptCarrier, cleared by the runtime before the call
    uint64_t futex_word;     // the word SleepCarrier waits on
    uint64_t is_outside;     // the launcher's own note: this carrier executes a host call
    uint64_t is_cancellable; // whether `cancelled` and interruptions end this Linux call with EINTR
    uint64_t stopped_by;     // SIGTTIN and SIGTTOU, as a set: which of them stop the caller of this call on a terminal
    uint64_t follow_ups; // 0, or where BatchedCalls are, kFollowUps of them: made after this Linux call, with what it
                         // answered as their first argument, unless that is an error
};
static_assert(sizeof(HostCallSlot) == 128);

// Memory of asynchronous calls (call_queue.h). Each application thread has one slot, a number, while it makes such
// calls.
struct AsyncAddresses {
    uint64_t cancelled; // a word for each slot: set by CancelCall, cleared by the runtime before its next call
    uint64_t requests;  // kCallQueueSize bytes
    uint64_t responses; // kCallQueueSize bytes
    uint64_t watching;  // a word: how many workers look at the requests, or will soon
    uint64_t taken;     // a word: how many responses the enclave has taken, for whoever would wake a carrier for them
    uint64_t workers;   // WorkerCounts, for reports
};

struct WorkerCounts {
    uint64_t now;
    uint64_t most;
};

inline constexpr uint32_t kProtocolVersion = 6;

struct ClockSample {
    uint64_t tsc_before; // time-stamp counter around the reading of the clocks
    uint64_t tsc_after;
    uint64_t monotonic_ns;
    uint64_t realtime_ns;
    uint64_t boottime_ns;
    uint64_t tai_ns;
};

// What siginfo_t says of a signal that came from outside.
struct HostSignal {
    uint64_t number;
    int64_t code;
    uint64_t pid;
    uint64_t uid;
    uint64_t value;
};

struct StartInfo {
    uint64_t version;
    uint64_t config_address; // abi/wire/launch_config.h
    uint64_t config_size;
    uint64_t arena_address; // staging memory for arguments of host calls, zero
    uint64_t arena_size;
    uint64_t slots_address; // HostCallSlot[kTcsCount]
    uint64_t process_id;
    uint64_t clock_samples; // ClockSample[2], at least a millisecond apart
    uint64_t processor_count;
    uint64_t hardware_capabilities[2]; // AT_HWCAP, AT_HWCAP2
    AsyncAddresses async;
};

// Shared memory is read and written in aligned 8-byte words only.
static_assert(offsetof(HostCallSlot, cancelled) % 8 == 0);

} // namespace farl::wire
