// ServiceFiber: a fiber of the runtime itself, for what waits in host calls besides the application's threads. No
// signal is for it, and the process does not wait for its end.
#pragma once

#include "base/result.h"
#include "enclave/sched/fiber.h"

namespace farl {

class ServiceFiber {
public:
    using Body = void (*)(void* argument);
    // ENOMEM.
    static Result<> start(Body body, void* argument);

private:
    ServiceFiber(uint64_t stack_bottom, Body body, void* argument);
    static void run(void* self);
    static void reap(Fiber& fiber);

    Body body_;
    void* argument_;
    Fiber fiber_;
};

// What a fiber that has ended holds of hostcall/, and its stack.
void release_resources(Fiber& fiber);

} // namespace farl
