#include "enclave/hostcall/delaying.h"

#include "enclave/sched/scheduler.h"

#include <algorithm>

namespace farl {

namespace {

DelayedCalls& delayed_calls() { return Carrier::current().fiber->delayed; }

void close_in(CallBatch& batch, DelayedCalls& delayed)
{
    while (delayed.descriptor_count && !batch.is_full())
        HostDescriptor::inherited(delayed.descriptors[--delayed.descriptor_count]).close_in(batch);
}

void close_all(DelayedCalls& delayed)
{
    if (CallBatch batch; CallBatch::prepare(batch).is_ok()) {
        close_in(batch, delayed);
        batch.run();
    }
    while (delayed.descriptor_count)
        (void)HostDescriptor::inherited(delayed.descriptors[--delayed.descriptor_count]).close();
}

// Those that others are busy with are left at the front.
void add_to(CallBatch& batch, DelayedCalls& delayed)
{
    close_in(batch, delayed);
    uint32_t left = 0;
    for (uint32_t i = 0; i < delayed.count; ++i) {
        if (batch.is_full())
            batch.run();
        auto* caller = delayed.callers[i];
        if (!caller->make_delayed(batch))
            delayed.callers[left++] = caller;
        else
            caller->let_go();
    }
    delayed.count = left;
}

void make_in_batch(DelayedCalls& delayed)
{
    CallBatch batch;
    if (CallBatch::prepare(batch).is_error())
        return;
    add_to(batch, delayed);
    batch.run();
}

} // namespace

void expect_calls(size_t events)
{
    delayed_calls().unserved_events = static_cast<uint32_t>(std::min<size_t>(events, UINT32_MAX));
}

bool may_delay_call()
{
    auto const& delayed = delayed_calls();
    auto expected = delayed.unserved_events;
    return expected && (expected > 1 || delayed.count) && delayed.count < DelayedCalls::kMost;
}

void delay_call(DelayedCaller& caller)
{
    auto& delayed = delayed_calls();
    --delayed.unserved_events;
    caller.hold();
    delayed.callers[delayed.count++] = &caller;
    scheduler().ensure_tick();
}

void close_delayed(HostDescriptor descriptor)
{
    auto& delayed = delayed_calls();
    if (!delayed.unserved_events)
        return; // closed at once
    if (delayed.descriptor_count == DelayedCalls::kMost)
        close_all(delayed);
    delayed.descriptors[delayed.descriptor_count++] = descriptor.release();
    scheduler().ensure_tick();
}

bool are_delayed_calls_due() { return delayed_calls().count == DelayedCalls::kMost; }

bool has_delayed_calls() { return !delayed_calls().is_empty(); }

void add_delayed_calls(CallBatch& batch) { add_to(batch, delayed_calls()); }

void make_delayed_calls()
{
    auto& delayed = delayed_calls();
    if (delayed.is_empty())
        return;
    make_in_batch(delayed);
    while (delayed.count) {
        auto* caller = delayed.callers[--delayed.count];
        caller->make_delayed_alone();
        caller->let_go();
    }
}

void try_delayed_calls()
{
    auto& delayed = delayed_calls();
    if (delayed.can_be_missed())
        make_in_batch(delayed);
}

} // namespace farl
