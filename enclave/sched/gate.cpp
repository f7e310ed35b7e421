#include "enclave/sched/gate.h"

#include "enclave/sched/carrier.h"

#include <sys/syscall.h>

extern "C" void farl_exit(uint64_t why, uint64_t value);

namespace farl {

namespace {

void fill_slot(HostAddress slot, GateRequest const& request)
{
    host_write_word(slot + offsetof(wire::HostCallSlot, number), request.number);
    for (size_t i = 0; i < request.arguments.size(); ++i)
        host_write_word(slot + offsetof(wire::HostCallSlot, arguments) + i * 8, request.arguments[i]);
    host_write_word(slot + offsetof(wire::HostCallSlot, wake_carrier), request.wake_carrier);
    host_write_word(slot + offsetof(wire::HostCallSlot, spawn_carrier), request.spawn_carrier);
    host_write_word(slot + offsetof(wire::HostCallSlot, is_cancellable), request.is_cancellable);
    host_write_word(slot + offsetof(wire::HostCallSlot, stopped_by), request.stopped_by);
    host_write_word(slot + offsetof(wire::HostCallSlot, follow_ups), request.follow_ups);
}

void leave_and_return(HostAddress slot) { farl_exit(static_cast<uint64_t>(wire::Exit::HostCall), slot.value()); }

} // namespace

int64_t host_gate(GateRequest const& request)
{
    auto& carrier = Carrier::current();
    auto slot = carrier.slot;
    fill_slot(slot, request);

    if (auto* fiber = carrier.fiber; fiber != carrier.loop_fiber) {
        auto fs_base = read_fs_base();
        farl_vectors_save(&fiber->vectors);
        leave_and_return(slot);
        farl_vectors_restore(&fiber->vectors);
        write_fs_base(fs_base);
    } else {
        leave_and_return(slot);
    }
    ++carrier.statistics.exits; // what there is to be known of it is known from here on: Scheduler::host_calls()
    return static_cast<int64_t>(host_read_word(slot + offsetof(wire::HostCallSlot, result)));
}

int64_t host_gate(wire::FarlCall call, uint64_t a, uint64_t b, uint64_t c)
{
    return host_gate({ .number = static_cast<uint64_t>(call), .arguments = { a, b, c } });
}

// Whose vector registers are live is not known in the middle of a switch between fibers: the carrier keeps them itself.
// HOST: nothing is expected of it.
void host_give_way()
{
    auto& carrier = Carrier::current();
    fill_slot(carrier.slot, { .number = SYS_sched_yield });
    auto fs_base = read_fs_base();
    farl_vectors_save(&carrier.vectors);
    leave_and_return(carrier.slot);
    farl_vectors_restore(&carrier.vectors);
    write_fs_base(fs_base);
    ++carrier.statistics.exits;
}

// HOST: it may come back from there. Then it is asked again.
void leave_for_good(uint64_t status, uint64_t signal)
{
    for (;;)
        host_gate(wire::FarlCall::Exit, status, signal);
}

} // namespace farl
