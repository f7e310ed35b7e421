// Carrier: one host thread that lends itself to the enclave through one TCS. The structure is the page GS points to;
// only its own thread touches it, except `attention`.
#pragma once

#include "base/checked.h"
#include "base/crowd_sense.h"
#include "enclave/boundary/host_memory.h"
#include "enclave/sched/fiber.h"
#include "enclave/sched/statistics.h"

#include <atomic>

namespace farl {

struct Carrier {
    Carrier* self;
    uint64_t syscall_entry; // target of the stubs: jmp *%gs:8
    uint64_t user_rsp;
    uint64_t stack_top; // of the current fiber
    Fiber* fiber;
    uint64_t canary; // read by every function's stack protector
    uint64_t host_rsp;
    uint64_t host_rbp;
    uint64_t exit_target;
    uint64_t resume_rsp;             // nonzero only while outside, waiting for Resume
    std::atomic<uint64_t> attention; // something to look at before the application goes on
    uint64_t user_rip;
    uint64_t exception_host_rsp;
    uint64_t exception_host_rbp;
    uint64_t exception_exit_target;

    uint64_t index;
    Scheduler* scheduler;
    Fiber* loop_fiber; // the carrier's own context, where it looks for work
    Fiber* previous;   // just switched away from: its context is complete now
    Fiber* chosen;     // what the loop runs next: taken from the queue, but still on its way off another carrier
    HostAddress slot;
    uint64_t seen_futex_word;
    uint64_t user_generation; // whose name this thread acts in outside: hostcall/host_user.h
    uint64_t home;            // the run queue that is its own, roster.h; turn counts what it took
    uint64_t turn;
    uint64_t switches_at_tick;
    CrowdSense crowd;
    bool wants_help;  // made fibers runnable since it last looked whether others should run them
    bool is_sleeping; // these and the link under the roster's lock
    bool is_kept;     // by a fiber that computes
    ListLink idle_link;
    CarrierStatistics statistics;
    VectorState vectors; // while it gives way, whoever's they are

    static Carrier& current()
    {
        Carrier* carrier;
        asm volatile("movq %%gs:0, %0" : "=r"(carrier));
        return *carrier;
    }
};
static_assert(sizeof(Carrier) <= kPageSize);
static_assert(offsetof(Carrier, self) == CARRIER_SELF && offsetof(Carrier, syscall_entry) == CARRIER_SYSCALL_ENTRY);
static_assert(offsetof(Carrier, user_rsp) == CARRIER_USER_RSP && offsetof(Carrier, stack_top) == CARRIER_STACK_TOP);
static_assert(offsetof(Carrier, fiber) == CARRIER_FIBER && offsetof(Carrier, canary) == CARRIER_CANARY);
static_assert(offsetof(Carrier, host_rsp) == CARRIER_HOST_RSP && offsetof(Carrier, host_rbp) == CARRIER_HOST_RBP);
static_assert(offsetof(Carrier, exit_target) == CARRIER_EXIT_TARGET);
static_assert(offsetof(Carrier, resume_rsp) == CARRIER_RESUME_RSP);
static_assert(offsetof(Carrier, attention) == CARRIER_ATTENTION && offsetof(Carrier, user_rip) == CARRIER_USER_RIP);
static_assert(offsetof(Carrier, exception_host_rsp) == CARRIER_EXCEPTION_HOST_RSP);
static_assert(offsetof(Carrier, exception_host_rbp) == CARRIER_EXCEPTION_HOST_RBP);
static_assert(offsetof(Carrier, exception_exit_target) == CARRIER_EXCEPTION_EXIT_TARGET);

} // namespace farl
