#include "owner/oci/tar_writer.h"

#include <algorithm>
#include <array>

namespace farl::owner {

namespace {

unsigned type_of(FileType type)
{
    switch (type) {
    case FileType::Directory:
        return AE_IFDIR;
    case FileType::Symlink:
        return AE_IFLNK;
    case FileType::Fifo:
        return AE_IFIFO;
    case FileType::Regular:
        break;
    }
    return AE_IFREG;
}

} // namespace

TarWriter::TarWriter(ByteSink& sink) : output_(archive_write_new(), sink)
{
    auto* handle = output_.handle();
    output_.check(archive_write_set_format_pax_restricted(handle));
    output_.check(
        archive_write_set_format_option(handle, "pax", "xattrheader", "SCHILY")); // what container engines read
    output_.open();
}

void TarWriter::add(std::string const& path, FileAttributes const& attributes)
{
    Utf8Scope const names_are_utf8;
    ArchiveEntry entry(archive_entry_new());
    auto* made = entry.get();
    auto const is_directory = attributes.type == FileType::Directory;
    archive_entry_set_pathname(made, (path.empty() ? "./" : is_directory ? path + "/" : path).c_str());
    archive_entry_set_filetype(made, type_of(attributes.type));
    archive_entry_set_perm(made, attributes.mode);
    archive_entry_set_uid(made, attributes.uid);
    archive_entry_set_gid(made, attributes.gid);
    archive_entry_set_mtime(made, attributes.modified_s, attributes.modified_ns);
    archive_entry_set_size(made, static_cast<int64_t>(attributes.size));
    if (attributes.type == FileType::Symlink)
        archive_entry_set_symlink(made, attributes.link_target.c_str());
    for (auto const& [name, value] : attributes.xattrs)
        archive_entry_xattr_add_entry(made, name.c_str(), value.data(), value.size());
    output_.write_header(made);
}

void TarWriter::add_hard_link(std::string const& path, std::string const& target)
{
    Utf8Scope const names_are_utf8;
    ArchiveEntry entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), 0, 0);
    archive_entry_set_size(entry.get(), 0);
    archive_entry_set_hardlink(entry.get(), target.c_str());
    output_.write_header(entry.get());
}

void TarWriter::write_zeros(uint64_t count)
{
    static constexpr std::array<std::byte, 4096> kZeros {};
    for (; count > 0; count -= std::min<uint64_t>(count, kZeros.size()))
        write(std::span(kZeros).first(std::min<uint64_t>(count, kZeros.size())));
}

} // namespace farl::owner
