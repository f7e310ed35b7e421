// ThreadState: one thread's stay in enclaves, as far as its signal handlers have to know of it. Only the thread itself
// and its handlers touch it; it is zero on a thread that never entered an enclave.
//
// A signal finds the thread at one of three places:
//   1. At the ENCLU of the vDSO with RAX for ERESUME: after an AEX, or before ERESUME. The handler changes RAX to a
//   leaf
//      that does not exist. ENCLU faults, the vDSO reports that as an exception with this number, and the enclave has
//      not run.
//   2. Between is_entering and that ENCLU, or at it with RAX for EENTER. The entry cannot be undone or made to look
//   like an AEX,
//      so a timer sends the signal again, a little later, until it finds place 1, or the enclave has left by itself.
//   3. Anywhere else: `is_pending` is seen before the next entry.
#pragma once

#include "host/platform/platform.h"

#include <asm/sgx.h>

namespace farl::host {

// Values of RAX that are no leaf of ENCLU, now or soon.
inline constexpr uint32_t kTurnedBack = 0x4641'0001; // by a signal
inline constexpr uint32_t kTrapped = 0x4641'0002;    // by #DB or #BP, which the vDSO does not report

struct ThreadState {
    uint64_t enclu;               // where the ENCLU of the vDSO is
    bool volatile is_entering;    // on the way in, or inside
    bool volatile is_pending;     // a signal came that no Interrupt has reported yet
    uint8_t volatile trap_vector; // with kTrapped
    bool has_nudge;               // the timer exists
    bool volatile is_nudge_armed; // and may fire
    int nudge_signal;             // what it sends
    int nudge_timer;              // timer_create(2)
    long nudge_delay_ns;
    EntryLeaf leaf;
    LeafRegisters registers; // what EEXIT left
    Outcome outcome;
    sgx_enclave_run run;

    // The first time, sets an alternate signal stack for the thread if it has none.
    static ThreadState& current();
    // Without that: for signal handlers.
    static ThreadState& of_this_thread();

    // Sends `signal` to this thread in a while, longer each time. For signal handlers.
    void nudge_later(int signal);
    void stop_nudging();
};

} // namespace farl::host
