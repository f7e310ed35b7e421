// Files without a name, in enclave memory.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<int> sys_memfd_create(Thread&, UserString name, uint32_t flags);

} // namespace farl
