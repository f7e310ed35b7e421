// open(2) on the host, as Linux waits: only a pipe or a device keeps the opener waiting, and only that ends with EINTR.
// Opening anything else is finished whatever signals come, because programs do not expect EINTR from it.
#pragma once

#include "enclave/fs/host/first_look.h"
#include "enclave/hostcall/channel.h"

#include <linux/openat2.h>

namespace farl {

// openat(2) with these flags and this mode. What is asked of the file that was opened goes with it.
HostAnswer host_open(int directory, HostAddress name, uint64_t flags, uint64_t mode, FirstLook const* look = nullptr);
// openat2(2); `how` is staged at `staged_how`.
HostAnswer host_open(
    int directory, HostAddress name, open_how const& how, HostAddress staged_how, FirstLook const* look = nullptr);

} // namespace farl
