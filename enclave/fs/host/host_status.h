// What the host says about files: status, links, extended attributes. Each answer is checked for its shape.
#pragma once

#include "enclave/hostcall/channel.h"
#include "enclave/vfs/file_status.h"

namespace farl {

// newfstatat(2), statx(2), fstatfs(2).
Result<struct stat> host_status(int directory, HostAddress name, int flags, Staging& staging);
Result<struct stat> host_status(int descriptor);
Result<ExtendedStatus> host_extended_status(
    int directory, HostAddress name, int flags, uint32_t mask, Staging& staging);
Result<struct statfs> host_file_system_status(int descriptor);

// readlinkat(2).
Result<String> host_link_target(int directory, HostAddress name, Staging& staging);
// "/proc/self/fd/N" of the host, a way to the file a descriptor has open.
Result<String> host_descriptor_link(int descriptor);
Result<HostAddress> put_descriptor_link(Staging& staging, int descriptor);
// Where the host has that file now.
Result<String> host_descriptor_path(int descriptor);

// Extended attributes, of a staged path or of a descriptor, as the number of the call says.
Result<size_t> host_get_attribute(
    uint64_t number, uint64_t file, std::string_view name, Sink const& sink, Staging& staging);
Result<> host_set_attribute(
    uint64_t number, uint64_t file, std::string_view name, Source const& source, int flags, Staging& staging);
Result<size_t> host_list_attributes(uint64_t number, uint64_t file, Sink const& sink, Staging& staging);

} // namespace farl
