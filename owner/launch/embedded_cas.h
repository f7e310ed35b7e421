// The CAS of a program that is started without one: a process of its own that knows one program, on this machine and
// for this start, and lets in the installed enclave. What it says comes from the host, so it protects nothing; but each
// start goes the same way.
#pragma once

#include "abi/sgx/secs.h"
#include "owner/launch/file_descriptor.h"
#include "owner/launch/startup_writer.h"

#include <string_view>

namespace farl::owner {

inline constexpr std::string_view kEmbeddedService = "embedded/program";

// The end of a connection to it that the enclave uses; it survives execve(2). The process ends with its answer. It is
// no child of this one. Throws UserError.
FileDescriptor start_embedded_cas(StartupWriter& startup, sgx::Hash const& mrenclave);

} // namespace farl::owner
