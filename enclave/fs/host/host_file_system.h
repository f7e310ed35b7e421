// HostFileSystem: a directory of the host as it is, unprotected. The host's kernel resolves the names, inside the root
// directory (openat2 with RESOLVE_IN_ROOT) unless that is "/" itself.
#pragma once

#include "enclave/fs/host/host_file.h"
#include "enclave/fs/host/host_place.h"

namespace farl {

class HostFileSystem final : public FileSystem {
public:
    static Result<HostFileSystem*> create(std::string_view root);
    bool shows_host_paths() const override { return root_.is_whole_host(); }

    Result<Ref<File>> open(FilePath const& path, OpenRequest const& request) override;
    Result<struct stat> status(FilePath const& path, Follow follow) override;
    Result<ExtendedStatus> extended_status(FilePath const& path, uint32_t mask, int flags, Follow follow) override;
    Result<String> read_link(FilePath const& path) override;
    Result<> check_access(FilePath const& path, uint32_t mode, bool as_effective, Follow follow) override;
    Result<struct statfs> file_system_status(FilePath const& path) override;

    Result<> make_directory(FilePath const& path, uint32_t mode) override;
    Result<> make_node(FilePath const& path, uint32_t mode, uint64_t device) override;
    Result<> remove(FilePath const& path, bool directory) override;
    Result<> rename(FilePath const& from, FilePath const& to, uint32_t flags) override;
    Result<> link(FilePath const& from, FilePath const& to, Follow follow) override;
    Result<> link_file(File& file, FilePath const& to) override;
    Result<> make_symbolic_link(std::string_view target, FilePath const& path) override;
    Result<> change_mode(FilePath const& path, uint32_t mode, Follow follow) override;
    Result<> change_owner(FilePath const& path, uint32_t uid, uint32_t gid, Follow follow) override;
    Result<> set_times(FilePath const& path, FileTimes const& times, Follow follow) override;
    Result<> truncate(FilePath const& path, uint64_t size) override;

    void sync() override;

    Result<size_t> get_attribute(FilePath const& path, std::string_view name, Sink const& sink, Follow follow) override;
    Result<> set_attribute(
        FilePath const& path, std::string_view name, Source const& source, int flags, Follow follow) override;
    Result<size_t> list_attributes(FilePath const& path, Sink const& sink, Follow follow) override;
    Result<> remove_attribute(FilePath const& path, std::string_view name, Follow follow) override;

private:
    Result<HostDescriptor> open_descriptor(
        FilePath const& path, OpenRequest const& request, FirstLook const* look = nullptr) const;
    Result<HostPlace> place(FilePath const& path, Follow follow, Staging& staging) const
    {
        return HostPlace::create(root_, path, follow, staging);
    }
    Result<HostAddress> full_name(FilePath const& path, Follow follow, HostPlace& place, Staging& staging) const;

    HostRoot root_;
};

} // namespace farl
