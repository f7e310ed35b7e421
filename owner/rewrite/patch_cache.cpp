#include "owner/rewrite/patch_cache.h"

#include "abi/formats/patch_table.h"
#include "owner/digest/digest.h"
#include "owner/launch/cache_directory.h"
#include "owner/launch/file_descriptor.h"
#include "owner/rewrite/analysis.h"
#include "owner/rewrite/mapped_file.h"

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>

namespace farl::owner {

namespace {

// A file may change again within one tick of its time stamps: only files that rested longer are known by them.
constexpr time_t kRestSeconds = 2;

std::string link_name(struct stat const& file)
{
    return fmt::format("by-file/{:x}-{:x}-{:x}-{:x}.{:x}-{:x}.{:x}", file.st_dev, file.st_ino, file.st_size,
        file.st_mtim.tv_sec, file.st_mtim.tv_nsec, file.st_ctim.tv_sec, file.st_ctim.tv_nsec);
}

bool has_rested(struct stat const& file)
{
    auto const now = std::time(nullptr);
    return file.st_ctim.tv_sec < now - kRestSeconds && file.st_mtim.tv_sec < now - kRestSeconds;
}

Result<std::vector<std::byte>> read_all(std::string const& path)
{
    FileDescriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status { };
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return Errno::Enoent;
    std::vector<std::byte> bytes(static_cast<size_t>(status.st_size));
    if (::read(file.get(), bytes.data(), bytes.size()) != status.st_size)
        return Errno::Eio;
    return bytes;
}

bool write_all(std::string const& path, std::vector<std::byte> const& bytes)
{
    FileDescriptor const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    return file && ::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

// The table, if the digest behind it is right.
Result<std::vector<std::byte>> without_digest(std::vector<std::byte> bytes)
{
    if (bytes.size() < sizeof(patch::Digest))
        return Errno::Einval;
    auto const size = bytes.size() - sizeof(patch::Digest);
    auto const digest = sha256(std::span(bytes).first(size));
    if (std::memcmp(digest.data(), bytes.data() + size, sizeof(digest)) != 0)
        return Errno::Einval;
    bytes.resize(size);
    return bytes;
}

void make_directories(std::string const& path)
{
    for (auto end = path.find('/', 1); end != path.npos; end = path.find('/', end + 1))
        ::mkdir(path.substr(0, end).c_str(), 0700);
    ::mkdir(path.c_str(), 0700);
}

std::string temporary_name(std::string const& path) { return fmt::format("{}.{}.new", path, ::getpid()); }

void rename_or_remove(bool is_complete, std::string const& from, std::string const& to)
{
    if (!is_complete || ::rename(from.c_str(), to.c_str()) != 0)
        ::unlink(from.c_str());
}

} // namespace

PatchCache PatchCache::of_user() { return PatchCache(cache_directory_of_user()); }

PatchCache::PatchCache(std::string const& directory)
    : directory_(directory.empty() ? directory : fmt::format("{}/patch-{}", directory, kAnalyserVersion))
{
}

Result<std::vector<std::byte>> PatchCache::table_of(int fd) const
{
    struct stat file { };
    if (::fstat(fd, &file) != 0)
        return static_cast<Errno>(errno);
    if (!directory_.empty()) {
        if (auto known = load(link_name(file), file); known.is_ok())
            return known;
    }
    return analyse_and_keep(fd, file);
}

Result<PatchCache::Table> PatchCache::load(std::string const& name, struct stat const& file) const
{
    auto table = TRY(without_digest(TRY(read_all(directory_ + "/" + name))));
    auto const view = TRY(patch::PatchTableView::parse(table));
    if (view.header().file_size != static_cast<uint64_t>(file.st_size))
        return Errno::Einval;
    return table;
}

Result<PatchCache::Table> PatchCache::analyse_and_keep(int fd, struct stat const& file) const
{
    auto const mapping = TRY(MappedFile::map(fd));
    if (directory_.empty())
        return TRY(analyse(mapping.bytes())).table;
    auto const digest = sha256(mapping.bytes());
    auto const name = to_hex(std::as_bytes(std::span(digest)));
    auto table = load(name, file);
    if (table.is_error()) {
        table = TRY(analyse(mapping.bytes())).table;
        keep(name, table.value());
    }
    if (has_rested(file))
        keep_link(file, name);
    return table;
}

void PatchCache::keep(std::string const& name, Table const& table) const
{
    make_directories(directory_ + "/by-file");
    auto bytes = table;
    auto const digest = sha256(table);
    auto const trailer = std::as_bytes(std::span(digest));
    bytes.insert(bytes.end(), trailer.begin(), trailer.end());
    auto const path = directory_ + "/" + name;
    auto const temporary = temporary_name(path);
    rename_or_remove(write_all(temporary, bytes), temporary, path);
}

void PatchCache::keep_link(struct stat const& file, std::string const& name) const
{
    auto const path = directory_ + "/" + link_name(file);
    auto const temporary = temporary_name(path);
    rename_or_remove(::symlink(("../" + name).c_str(), temporary.c_str()) == 0, temporary, path);
}

Result<std::vector<std::byte>> analyse_cached(std::string const& path)
{
    FileDescriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        return static_cast<Errno>(errno);
    return PatchCache::of_user().table_of(file.get());
}

} // namespace farl::owner
