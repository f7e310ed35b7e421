// The CAS of a program that is started without one: a process of its own that knows one program, on this machine and
// for this start, and lets in the installed enclave. What it says comes from the host, so it protects nothing; but each
// start goes the same way. Keys of volumes it keeps in the user's home.
#pragma once

#include "abi/sgx/secs.h"
#include "owner/launch/file_descriptor.h"
#include "owner/launch/startup_writer.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace farl::owner {

inline constexpr std::string_view kEmbeddedService = "embedded/program";

inline constexpr uint32_t kEmbeddedLease_s = 30;

// Those of the startup configuration, to be filled in.
struct EmbeddedVolumes {
    std::map<std::string, std::string> files; // by name: whose keys they are
    bool accepts_older { false };
};

// The end of a connection to it that the enclave uses; it survives execve(2). The process ends with its answer, or,
// with volumes, when the enclave ends. It is no child of this one. Throws UserError.
FileDescriptor start_embedded_cas(
    StartupWriter& startup, sgx::Hash const& mrenclave, std::optional<EmbeddedVolumes> const& volumes);

} // namespace farl::owner
