// From one fiber's stack to another's.
#include "enclave/sched/scheduler.h"

extern "C" {
void farl_context_switch(uint64_t* old_stack_pointer, uint64_t new_stack_pointer);
void farl_fiber_begin();
}

namespace farl {

Fiber::Fiber(uint64_t stack_bottom, Body body, void* argument) : stack_bottom_(stack_bottom)
{
    // What farl_context_switch pops: r15 r14 r13 r12 rbx rbp and the return address. The user frame stays free.
    auto* stack = reinterpret_cast<uint64_t*>(stack_top() - sizeof(UserFrame) - 64);
    stack[2] = reinterpret_cast<uint64_t>(argument); // r13
    stack[3] = reinterpret_cast<uint64_t>(body);     // r12
    stack[6] = reinterpret_cast<uint64_t>(&farl_fiber_begin);
    stack_pointer_ = reinterpret_cast<uint64_t>(stack);
}

// Its last carrier may still be on its way off that stack. Only a loop waits for that, because nobody waits for a loop:
// two carriers that took each other's fibers would wait for ever.
Fiber& Scheduler::ready_to_switch_to(Fiber& next)
{
    auto& carrier = Carrier::current();
    if (!next.on_carrier_.load(std::memory_order_acquire))
        return next;
    if (carrier.fiber != carrier.loop_fiber) {
        carrier.chosen = &next;
        return *carrier.loop_fiber;
    }
    while (next.on_carrier_.load(std::memory_order_acquire))
        __builtin_ia32_pause();
    return next;
}

// Between two threads; null stands for a loop, which has none of its own.
static void move_vectors(Fiber* from, Fiber* to)
{
    if (from && to)
        farl_vectors_exchange(&from->vectors, &to->vectors);
    else if (from)
        farl_vectors_save(&from->vectors);
    else if (to)
        farl_vectors_restore(&to->vectors);
}

void Scheduler::switch_to(Fiber& wanted)
{
    auto& carrier = Carrier::current();
    auto& previous = *carrier.fiber;
    if (&wanted == &previous)
        return;
    auto& next = &wanted == carrier.loop_fiber ? wanted : ready_to_switch_to(wanted);
    next.on_carrier_.store(true, std::memory_order_relaxed);

    bool had_user_state = &previous != carrier.loop_fiber;
    if (had_user_state)
        previous.fs_base = read_fs_base();
    move_vectors(had_user_state ? &previous : nullptr, &next != carrier.loop_fiber ? &next : nullptr);
    carrier.fiber = &next;
    carrier.stack_top = next.stack_top();
    carrier.previous = &previous;
    next.carrier_index.store(static_cast<int>(carrier.index), std::memory_order_relaxed);
    ++carrier.statistics.switches;
    farl_context_switch(&previous.stack_pointer_, next.stack_pointer_);
    // Here again, perhaps on another carrier, and `previous` is the current fiber.
    finish_switch();
    if (had_user_state)
        write_fs_base(previous.fs_base);
}

// The fiber that was switched away from is complete in memory now: others may run or reap it.
void Scheduler::finish_switch()
{
    auto& carrier = Carrier::current();
    auto* previous = carrier.previous;
    carrier.previous = nullptr;
    auto* reap = previous->reap_;
    previous->carrier_index.store(-1, std::memory_order_relaxed);
    previous->on_carrier_.store(false, std::memory_order_release);
    if (reap)
        reap(*previous);
}

void Scheduler::begin_fiber() { finish_switch(); }

} // namespace farl
