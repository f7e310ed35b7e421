// What a descriptor that comes from the host becomes inside: the streams a program starts with, and what SCM_RIGHTS
// brings.
#pragma once

#include "enclave/hostcall/channel.h"
#include "enclave/vfs/file.h"

namespace farl {

// Asks the host for its kind and its flags.
Result<Ref<File>> adopt_host_descriptor(HostDescriptor descriptor);

} // namespace farl
