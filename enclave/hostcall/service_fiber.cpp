#include "enclave/hostcall/service_fiber.h"

#include "enclave/hostcall/arena.h"
#include "enclave/hostcall/async_calls.h"
#include "enclave/memory/runtime_stacks.h"
#include "enclave/sched/scheduler.h"

namespace farl {

ServiceFiber::ServiceFiber(uint64_t stack_bottom, Body body, void* argument)
    : body_(body),
      argument_(argument),
      fiber_(stack_bottom, run, this)
{
    fiber_.owner = this;
}

Result<> ServiceFiber::start(Body body, void* argument)
{
    auto stack = TRY(runtime_stacks().allocate());
    auto* service = new (std::nothrow) ServiceFiber(stack.start, body, argument);
    if (!service) {
        runtime_stacks().release(stack);
        return Errno::Enomem;
    }
    scheduler().start(service->fiber_);
    return {};
}

void ServiceFiber::run(void* self)
{
    auto& service = *static_cast<ServiceFiber*>(self);
    scheduler().begin_fiber();
    service.body_(service.argument_);
    scheduler().finish(reap);
}

void ServiceFiber::reap(Fiber& fiber)
{
    auto* service = static_cast<ServiceFiber*>(fiber.owner);
    release_resources(fiber);
    delete service;
}

void release_resources(Fiber& fiber)
{
    async_calls().release_slot(fiber);
    if (fiber.staging)
        host_arena().release(MUST(HostAddress::create(fiber.staging, HostArena::kSmallest)), HostArena::kSmallest);
    runtime_stacks().release({ fiber.stack_bottom(), fiber.stack_top() });
}

} // namespace farl
