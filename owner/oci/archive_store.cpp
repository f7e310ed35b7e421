#include "owner/oci/archive_store.h"

#include "owner/launch/file_descriptor.h"
#include "owner/launch/user_error.h"
#include "owner/oci/archive_handle.h"
#include "owner/oci/image_defect.h"
#include "owner/oci/tar_entry.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr size_t kMostMembers = 100'000;
constexpr int kMostLinks = 8;

class OpenArchive {
public:
    explicit OpenArchive(std::string const& path)
        : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)),
          archive_(made(archive_read_new()))
    {
        if (!file_)
            throw UserError(kNotFound, fmt::format("{}: {}", path, std::strerror(errno)));
        archive_read_support_filter_gzip(archive_.get());
        archive_read_support_filter_zstd(archive_.get());
        archive_read_support_format_tar(archive_.get());
        check(archive_read_open_fd(archive_.get(), file_.get(), kStreamBlock));
    }

    // Null at the end.
    archive_entry* next()
    {
        Utf8Scope const names_are_utf8;
        archive_entry* entry = nullptr;
        auto const answer = archive_read_next_header(archive_.get(), &entry);
        if (answer == ARCHIVE_EOF)
            return nullptr;
        check(answer);
        return entry;
    }

    size_t read(std::span<std::byte> buffer)
    {
        auto const count = archive_read_data(archive_.get(), buffer.data(), buffer.size());
        check(count < 0 ? static_cast<int>(count) : ARCHIVE_OK);
        return static_cast<size_t>(count);
    }

private:
    void check(int answer) const
    {
        if (answer != ARCHIVE_OK)
            throw ImageDefect(fmt::format("is no tar archive, or a damaged one: {}", reason_of(archive_.get())));
    }

    FileDescriptor file_;
    ArchiveHandle archive_;
};

class MemberSource final : public ByteSource {
public:
    MemberSource(std::string const& path, size_t position) : archive_(path)
    {
        for (size_t i = 0; i <= position; ++i) {
            if (!archive_.next())
                throw ImageDefect("the archive changed while it was read");
        }
    }
    size_t read(std::span<std::byte> buffer) override { return archive_.read(buffer); }

private:
    OpenArchive archive_;
};

// A symbolic link counts from where it is; it is only ever looked up among the members.
std::string joined(std::string const& name, std::string_view target)
{
    auto slash = name.rfind('/');
    auto directory = slash == name.npos ? std::string() : name.substr(0, slash);
    for (; target.starts_with("../"); target.remove_prefix(3)) {
        slash = directory.rfind('/');
        directory = slash == directory.npos ? std::string() : directory.substr(0, slash);
    }
    return directory.empty() ? std::string(target) : directory + "/" + std::string(target);
}

} // namespace

ArchiveStore::ArchiveStore(std::string path) : path_(std::move(path))
{
    OpenArchive archive(path_);
    size_t position = 0;
    for (auto* entry = archive.next(); entry; entry = archive.next(), ++position) {
        auto const* raw = archive_entry_pathname(entry);
        auto const name = checked_entry_path(raw ? raw : "..");
        if (position == kMostMembers)
            throw ImageDefect(fmt::format("has more than {} members", kMostMembers));
        Member member { .position = position, .link = {} };
        if (auto const* target = archive_entry_hardlink(entry))
            member.link = checked_entry_path(target);
        else if (auto const* other = archive_entry_symlink(entry))
            member.link = joined(name, other);
        else if (archive_entry_filetype(entry) != AE_IFREG)
            continue;
        if (!members_.emplace(name, std::move(member)).second)
            throw ImageDefect(fmt::format("{}: twice in the archive", name));
    }
}

std::optional<size_t> ArchiveStore::resolved(std::string name) const
{
    for (int links = 0; links <= kMostLinks; ++links) {
        auto const found = members_.find(name);
        if (found == members_.end())
            return {};
        if (found->second.link.empty())
            return found->second.position;
        name = found->second.link;
    }
    return {};
}

std::unique_ptr<ByteSource> ArchiveStore::open(std::string const& name) const
{
    auto const position = resolved(name);
    if (!position)
        throw ImageDefect(fmt::format("{}: not in the archive", name));
    return std::make_unique<MemberSource>(path_, *position);
}

} // namespace farl::owner
