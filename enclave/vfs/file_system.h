// FileSystem: what can be mounted. Paths are absolute within the container and normalised only lexically by the caller
// where that cannot change their meaning; symbolic links are the file system's business. Errors are Linux's.
#pragma once

#include "enclave/vfs/file.h"

#include <sys/statfs.h>
#include <sys/types.h>

namespace farl {

enum class Follow : bool { No, Yes };

struct TimeValue {
    int64_t seconds { 0 };
    int64_t nanoseconds { 0 }; // or UTIME_NOW, UTIME_OMIT
};

class FileSystem {
public:
    virtual ~FileSystem() = default;

    virtual Result<Ref<File>> open(std::string_view path, uint32_t flags, uint32_t mode) = 0;
    virtual Result<struct stat> status(std::string_view path, Follow follow) = 0;
    virtual Result<String> read_link(std::string_view path) = 0;
    // mode as access(2); the identity is the process's.
    virtual Result<> check_access(std::string_view path, uint32_t mode, Follow follow) = 0;
    virtual Result<struct statfs> file_system_status(std::string_view path) = 0;

    virtual Result<> make_directory(std::string_view, uint32_t) { return Errno::Erofs; }
    virtual Result<> make_node(std::string_view, uint32_t /* mode */, uint64_t /* device */) { return Errno::Erofs; }
    virtual Result<> remove(std::string_view, bool /* directory */) { return Errno::Erofs; }
    virtual Result<> rename(std::string_view, std::string_view, uint32_t /* flags */) { return Errno::Erofs; }
    virtual Result<> link(std::string_view, std::string_view, Follow) { return Errno::Erofs; }
    virtual Result<> make_symbolic_link(std::string_view /* target */, std::string_view) { return Errno::Erofs; }
    virtual Result<> change_mode(std::string_view, uint32_t, Follow) { return Errno::Erofs; }
    virtual Result<> change_owner(std::string_view, uint32_t, uint32_t, Follow) { return Errno::Erofs; }
    virtual Result<> set_times(std::string_view, TimeValue const (&)[2], Follow) { return Errno::Erofs; }
    virtual Result<> truncate(std::string_view, uint64_t) { return Errno::Erofs; }

    virtual Result<size_t> get_attribute(std::string_view, std::string_view /* name */, Sink const&, Follow)
    {
        return Errno::Eopnotsupp;
    }
    virtual Result<> set_attribute(std::string_view, std::string_view, Source const&, int /* flags */, Follow)
    {
        return Errno::Eopnotsupp;
    }
    virtual Result<size_t> list_attributes(std::string_view, Sink const&, Follow) { return Errno::Eopnotsupp; }
    virtual Result<> remove_attribute(std::string_view, std::string_view, Follow) { return Errno::Eopnotsupp; }
};

} // namespace farl
