#include "owner/oci/member_store.h"

#include "owner/launch/root_directory.h"
#include "owner/launch/user_error.h"
#include "owner/oci/archive_store.h"
#include "owner/oci/file_stream.h"
#include "owner/oci/image_defect.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace farl::owner {

namespace {

class DirectoryStore final : public MemberStore {
public:
    explicit DirectoryStore(RootDirectory directory) : directory_(std::move(directory)) { }

    bool has(std::string const& name) const override { return opened(name).is_ok(); }

    std::unique_ptr<ByteSource> open(std::string const& name) const override
    {
        auto file = opened(name);
        if (file.is_error())
            throw ImageDefect(fmt::format("{}: {}", name, std::strerror(static_cast<int>(file.error()))));
        return std::make_unique<FileSource>(file.release_value(), name);
    }

private:
    Result<FileDescriptor> opened(std::string const& name) const
    {
        auto file = TRY(directory_.open_inside("/" + name, O_RDONLY | O_NONBLOCK));
        struct stat status { };
        if (fstat(file.get(), &status))
            return static_cast<Errno>(errno);
        if (!S_ISREG(status.st_mode))
            return Errno::Einval;
        return file;
    }

    RootDirectory directory_;
};

} // namespace

std::unique_ptr<MemberStore> open_member_store(std::string const& path)
{
    struct stat status { };
    if (stat(path.c_str(), &status))
        throw UserError(kNotFound, fmt::format("{}: {}", path, std::strerror(errno)));
    if (S_ISDIR(status.st_mode))
        return std::make_unique<DirectoryStore>(RootDirectory::open(path));
    if (!S_ISREG(status.st_mode))
        throw UserError(kNotRunnable, fmt::format("{}: neither a directory nor an archive", path));
    return std::make_unique<ArchiveStore>(path);
}

} // namespace farl::owner
