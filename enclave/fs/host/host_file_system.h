// HostFileSystem: a directory of the host as it is, unprotected. The host's kernel resolves the names, inside the root
// directory (openat2 with RESOLVE_IN_ROOT) unless that is "/" itself.
#pragma once

#include "enclave/fs/host/host_file.h"
#include "enclave/vfs/file_system.h"

namespace farl {

class HostFileSystem final : public FileSystem {
public:
    static Result<HostFileSystem*> create(std::string_view root);

    Result<Ref<File>> open(std::string_view path, uint32_t flags, uint32_t mode) override;
    Result<struct stat> status(std::string_view path, Follow follow) override;
    Result<String> read_link(std::string_view path) override;
    Result<> check_access(std::string_view path, uint32_t mode, Follow follow) override;
    Result<struct statfs> file_system_status(std::string_view path) override;

private:
    Result<HostDescriptor> open_descriptor(std::string_view path, uint32_t flags, uint32_t mode) const;

    bool is_whole_host_ { true };
    HostDescriptor root_;
};

} // namespace farl
