// The stacks of fibers: kFiberStackSize bytes each, guarded below, recycled.
#pragma once

#include "enclave/memory/stack_pool.h"

namespace farl {

StackPool& runtime_stacks();

} // namespace farl
