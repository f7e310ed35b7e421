// When host calls wait for others, and how they are made then (sched/delayed_calls.h). All is about the current thread.
#pragma once

#include "enclave/hostcall/call_batch.h"
#include "enclave/sched/delayed_calls.h"

namespace farl {

// epoll_wait(2) gave it so many events.
void expect_calls(size_t events);
// Whether one more call may wait: others wait already, or are to come.
bool may_delay_call();
// Who waits is asked for its call later, once. A tick comes in any case.
void delay_call(DelayedCaller& caller);
// Closes it as late as that: for one whose end nobody waits for.
void close_delayed(HostDescriptor descriptor);
// No more can wait.
bool are_delayed_calls_due();
bool has_delayed_calls();

// Makes them at once. Without locks that callers want.
void make_delayed_calls();
// With others that are made soon.
void add_delayed_calls(CallBatch& batch);
// The same with such locks held: what others are busy with goes on waiting.
void try_delayed_calls();

} // namespace farl
