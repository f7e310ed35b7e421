#include "owner/oci/tar_reader.h"

#include "owner/oci/image_defect.h"

#include <fmt/format.h>
#include <limits>
#include <sys/stat.h>

namespace farl::owner {

namespace {

constexpr size_t kMostXattrs = 256;
constexpr size_t kLargestXattrs = 256 << 10; // all of one file

FileType type_of(archive_entry* entry, std::string const& path)
{
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return FileType::Regular;
    case AE_IFDIR:
        return FileType::Directory;
    case AE_IFLNK:
        return FileType::Symlink;
    case AE_IFIFO:
        return FileType::Fifo;
    case AE_IFCHR:
    case AE_IFBLK:
        throw ImageDefect(fmt::format("{}: a device node; images must not bring devices", path));
    default:
        throw ImageDefect(fmt::format("{}: neither file, directory, link nor FIFO", path));
    }
}

uint32_t identity(int64_t number, std::string const& path)
{
    if (number < 0 || number >= std::numeric_limits<uint32_t>::max())
        throw ImageDefect(fmt::format("{}: an owner or group beyond 32 bits", path));
    return static_cast<uint32_t>(number);
}

std::map<std::string, std::string> xattrs_of(archive_entry* entry, std::string const& path)
{
    std::map<std::string, std::string> xattrs;
    size_t total = 0;
    char const* name = nullptr;
    void const* value = nullptr;
    size_t size = 0;
    archive_entry_xattr_reset(entry);
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
        total += std::string_view(name).size() + size;
        if (total > kLargestXattrs || xattrs.size() == kMostXattrs || std::string_view(name).size() > kLongestName)
            throw ImageDefect(fmt::format("{}: too many or too large extended attributes", path));
        xattrs[name] = std::string(static_cast<char const*>(value), size);
    }
    return xattrs;
}

std::string text_or_empty(char const* text) { return text ? text : ""; }

} // namespace

TarReader::TarReader(ByteSource& source, ImageBudget& budget)
    : input_(source),
      budget_(budget),
      archive_(made(archive_read_new()))
{
    archive_read_support_format_tar(archive_.get());
    archive_read_support_format_empty(archive_.get());
}

void TarReader::check(int answer) const
{
    if (answer != ARCHIVE_OK)
        throw ImageDefect(fmt::format("is no tar archive, or a damaged one: {}", reason_of(archive_.get())));
}

TarEntry TarReader::entry_from(archive_entry* entry) const
{
    auto const* name = archive_entry_pathname(entry);
    if (!name)
        throw ImageDefect("has an entry whose name cannot be read");
    TarEntry made { .path = checked_entry_path(name) };
    if (auto const* target = archive_entry_hardlink(entry)) {
        made.is_hard_link = true;
        made.hard_link_target = checked_entry_path(target);
        return made;
    }
    auto& attributes = made.attributes;
    attributes.type = type_of(entry, made.path);
    attributes.mode = archive_entry_perm(entry) & 07777;
    attributes.uid = identity(archive_entry_uid(entry), made.path);
    attributes.gid = identity(archive_entry_gid(entry), made.path);
    attributes.modified_s = archive_entry_mtime(entry);
    attributes.modified_ns = static_cast<uint32_t>(archive_entry_mtime_nsec(entry)) % 1'000'000'000;
    if (attributes.type == FileType::Regular)
        attributes.size = static_cast<uint64_t>(archive_entry_size(entry));
    if (attributes.type == FileType::Symlink)
        attributes.link_target = text_or_empty(archive_entry_symlink(entry));
    if (attributes.type == FileType::Symlink
        && (attributes.link_target.empty() || attributes.link_target.size() > kLongestPath))
        throw ImageDefect(fmt::format("{}: a symbolic link to nothing, or too long", made.path));
    attributes.xattrs = xattrs_of(entry, made.path);
    return made;
}

void TarReader::take_from_budget(TarEntry const& entry)
{
    if (budget_.entries == 0)
        throw ImageDefect("the image has too many files");
    if (entry.attributes.size > budget_.bytes)
        throw ImageDefect(fmt::format("{}: {} bytes: more than the image may have in all (--limit allows more)",
            entry.path, entry.attributes.size));
    --budget_.entries;
    budget_.bytes -= entry.attributes.size;
}

void TarReader::open()
{
    auto const answer = input_.open(archive_.get());
    input_.rethrow_failure();
    check(answer);
    is_open_ = true;
}

std::optional<TarEntry> TarReader::next()
{
    Utf8Scope const names_are_utf8;
    archive_entry* entry = nullptr;
    if (!is_open_)
        open();
    auto const answer = archive_read_next_header(archive_.get(), &entry);
    input_.rethrow_failure();
    if (answer == ARCHIVE_EOF)
        return {};
    check(answer);
    auto made = entry_from(entry);
    take_from_budget(made);
    size_ = made.attributes.size;
    return made;
}

std::optional<TarReader::Piece> TarReader::next_piece()
{
    void const* bytes = nullptr;
    size_t size = 0;
    int64_t offset = 0;
    auto const answer = archive_read_data_block(archive_.get(), &bytes, &size, &offset);
    input_.rethrow_failure();
    if (answer == ARCHIVE_EOF)
        return {};
    check(answer);
    if (offset < 0 || size > size_ || static_cast<uint64_t>(offset) > size_ - size)
        throw ImageDefect("has a file with more contents than its size says");
    return Piece { static_cast<uint64_t>(offset), { static_cast<std::byte const*>(bytes), size } };
}

} // namespace farl::owner
