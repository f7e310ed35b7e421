// FileSystem: what can be mounted. Paths are absolute within the container and normalised only lexically by the caller
// where that cannot change their meaning; symbolic links are the file system's business. Errors are Linux's.
#pragma once

#include "enclave/vfs/file.h"

namespace farl {

enum class Follow : bool { No, Yes };

// Where a call wants to go. A path that was relative also tells from which open directory: whoever can walk from there
// stays right when the directory has been renamed. Views: the Location they came from must live on.
struct FilePath {
    std::string_view absolute;
    File* directory { nullptr }; // of the same file system, or null
    std::string_view relative {};
};

struct OpenRequest {
    uint32_t flags { 0 };   // O_*
    uint32_t mode { 0 };    // less the umask
    uint64_t resolve { 0 }; // RESOLVE_* of openat2(2)
};

class FileSystem {
public:
    virtual ~FileSystem() = default;

    // Whether a path here is the same file's path for the host.
    virtual bool shows_host_paths() const { return false; }

    // Whether sockets whose names are here can be reached from inside only.
    virtual bool keeps_sockets_inside() const { return false; }

    // Where a path goes on if it meets a link that leads out of this file system: a new absolute path, or an empty one
    // if it stays. `follow` is about the last name.
    virtual Result<String> redirect(FilePath const&, Follow /* follow */) { return String {}; }

    virtual Result<Ref<File>> open(FilePath const& path, OpenRequest const& request) = 0;
    virtual Result<struct stat> status(FilePath const& path, Follow follow) = 0;
    virtual Result<ExtendedStatus> extended_status(FilePath const& path, uint32_t /* mask */, int, Follow follow)
    {
        return extend(TRY(status(path, follow)));
    }
    virtual Result<String> read_link(FilePath const& path) = 0;
    // mode as access(2); with AT_EACCESS the identity is the effective one.
    virtual Result<> check_access(FilePath const& path, uint32_t mode, bool as_effective, Follow follow) = 0;
    virtual Result<struct statfs> file_system_status(FilePath const& path) = 0;

    virtual Result<> make_directory(FilePath const&, uint32_t) { return Errno::Erofs; }
    virtual Result<> make_node(FilePath const&, uint32_t /* mode */, uint64_t /* device */) { return Errno::Erofs; }
    virtual Result<> remove(FilePath const&, bool /* directory */) { return Errno::Erofs; }
    virtual Result<> rename(FilePath const&, FilePath const&, uint32_t /* flags */) { return Errno::Erofs; }
    virtual Result<> link(FilePath const&, FilePath const&, Follow) { return Errno::Erofs; }
    // linkat(2) with AT_EMPTY_PATH, and of /proc/self/fd/N: a name for what is open.
    virtual Result<> link_file(File&, FilePath const&) { return Errno::Exdev; }
    virtual Result<> make_symbolic_link(std::string_view /* target */, FilePath const&) { return Errno::Erofs; }
    virtual Result<> change_mode(FilePath const&, uint32_t, Follow) { return Errno::Erofs; }
    virtual Result<> change_owner(FilePath const&, uint32_t, uint32_t, Follow) { return Errno::Erofs; }
    virtual Result<> set_times(FilePath const&, FileTimes const&, Follow) { return Errno::Erofs; }
    virtual Result<> truncate(FilePath const&, uint64_t) { return Errno::Erofs; }

    // sync(2)
    virtual void sync() { }

    virtual Result<size_t> get_attribute(FilePath const&, std::string_view /* name */, Sink const&, Follow)
    {
        return Errno::Eopnotsupp;
    }
    virtual Result<> set_attribute(FilePath const&, std::string_view, Source const&, int /* flags */, Follow)
    {
        return Errno::Eopnotsupp;
    }
    virtual Result<size_t> list_attributes(FilePath const&, Sink const&, Follow) { return Errno::Eopnotsupp; }
    virtual Result<> remove_attribute(FilePath const&, std::string_view, Follow) { return Errno::Eopnotsupp; }
};

} // namespace farl
