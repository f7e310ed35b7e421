// The alternate signal stack of a test.
#pragma once
#include "tests/support/behaviour.h"

#include <signal.h>

static char alternate[65536] __attribute__((aligned(4096)));

static inline void use_alternate_stack(void)
{
    stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate };
    sigaltstack(&stack, NULL);
}

static inline void forget_alternate_stack(void)
{
    stack_t none = { .ss_flags = SS_DISABLE };
    sigaltstack(&none, NULL);
}
