// What a new process finds: its file systems and descriptors.
#pragma once

#include "enclave/fs/shield/block_cache.h"
#include "enclave/fs/synthetic/synthetic_file_system.h"
#include "enclave/process/process.h"

namespace farl {

// Where the tree says; it stays there.
Result<SyntheticFileSystem*> mount_tree(SyntheticTree const& tree);
Result<> mount_file_systems(std::string_view root_directory); // which lives as long as the process
// The host's directory that this is about.
std::string_view root_directory();
// Verified blocks of the image and of volumes. Made when it is first asked for, of so many bytes; 0: of a usual size.
// ENOMEM.
Result<BlockCache*> block_cache(uint64_t size);
// The host's files below that directory, at a prefix that stays.
Result<> mount_host_files(std::string_view prefix);
// The host's. Without them there are none: a program that opens /dev/tty gets ENXIO.
Result<> mount_terminals();
// Those that the launcher inherited. Before any other descriptor of the host: it may get the number of a closed one.
Result<> inherit_descriptors(Process& process, wire::LaunchConfig const& config);

} // namespace farl
