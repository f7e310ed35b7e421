#include "enclave/fs/synthetic/synthetic_file_system.h"

#include "enclave/fs/synthetic/synthetic_file.h"
#include "enclave/time/runtime_clock.h"
#include "enclave/vfs/vfs.h"

#include <dirent.h>

namespace farl {

namespace {

// A name that is a decimal number as the kernel writes them.
bool parse_number(std::string_view name, uint64_t& number)
{
    if (name.empty() || name.size() > 10 || (name.size() > 1 && name.front() == '0'))
        return false;
    number = 0;
    for (char c : name) {
        if (c < '0' || c > '9')
            return false;
        number = number * 10 + static_cast<uint64_t>(c - '0');
    }
    return true;
}

bool is_link(SyntheticNode const& node) { return S_ISLNK(node.mode); }
bool is_directory(SyntheticNode const& node) { return S_ISDIR(node.mode); }

uint64_t mix(uint64_t hash, uint64_t value) { return (hash ^ value) * 0x100000001b3; }

// Stable while the enclave lives: FNV-1a of what leads to the node.
uint64_t inode_of(SyntheticNode const& node, Captures const& captures)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (char c : node.path)
        hash = mix(hash, static_cast<unsigned char>(c));
    for (size_t i = 0; i < captures.count; ++i)
        hash = mix(hash, captures.numbers[i]);
    return hash >> 24 | 1;
}

std::string_view first_name(std::string_view path)
{
    while (path.starts_with('/'))
        path.remove_prefix(1);
    return path.substr(0, path.find('/'));
}

std::string_view parent_of(std::string_view path)
{
    auto slash = path.rfind('/');
    return slash == path.npos || slash == 0 ? "/" : path.substr(0, slash);
}

} // namespace

SyntheticNode const* SyntheticFileSystem::find(std::string_view parent, std::string_view name) const
{
    auto prefix = parent.empty() ? 0 : parent.size() + 1;
    for (auto const& node : tree_.nodes) {
        if (node.path.size() != prefix + name.size() || !node.path.ends_with(name))
            continue;
        if (!node.path.empty() && (prefix == 0 || (node.path.starts_with(parent) && node.path[prefix - 1] == '/')))
            return &node;
    }
    return nullptr;
}

SyntheticNode const* SyntheticFileSystem::child(
    SyntheticNode const& parent, std::string_view name, Captures& captures) const
{
    if (auto const* node = name == "#" ? nullptr : find(parent.path, name))
        return node;
    uint64_t number;
    if (!parent.numbers || captures.count == 2 || !parse_number(name, number))
        return nullptr;
    captures.numbers[captures.count++] = number;
    return parent.numbers->exists(captures) ? find(parent.path, "#") : nullptr;
}

Result<SyntheticFileSystem::Walk> SyntheticFileSystem::walk(std::string_view path) const
{
    Walk found { &tree_.nodes.front(), {}, path.substr(0, tree_.mount.size()), path.substr(tree_.mount.size()) };
    while (!is_link(*found.node)) {
        auto name = first_name(found.rest);
        if (name.empty())
            break;
        if (!is_directory(*found.node))
            return Errno::Enotdir;
        found.node = child(*found.node, name, found.captures);
        if (!found.node)
            return Errno::Enoent;
        auto end = static_cast<size_t>(name.data() + name.size() - path.data());
        found.done = path.substr(0, end);
        found.rest = path.substr(end);
    }
    return found;
}

Result<SyntheticFileSystem::Walk> SyntheticFileSystem::walk_to_end(std::string_view path) const
{
    auto normal = TRY(normalise_path("/", path));
    auto found = TRY(walk(normal));
    if (!first_name(found.rest).empty())
        return Errno::Enotdir; // behind a link to what is no directory
    bool wants_directory = path.ends_with('/') || path.ends_with("/.");
    if (wants_directory && !is_directory(*found.node))
        return Errno::Enotdir;
    found.done = found.rest = {};
    return found;
}

Result<String> SyntheticFileSystem::redirect(FilePath const& path, Follow follow)
{
    auto normal = TRY(normalise_path("/", path.absolute));
    auto walked = walk(normal);
    if (walked.is_error())
        return String {}; // the call itself will say so
    auto const& found = walked.value();
    bool goes_on = !first_name(found.rest).empty() || path.absolute.ends_with('/');
    if (!is_link(*found.node) || (!goes_on && follow == Follow::No))
        return String {};
    if (found.node->file) {
        auto file = found.node->file(found.captures, O_PATH);
        if (file.is_error() || !file.value()->is_directory())
            return String {};
    }
    auto target = TRY(found.node->target(found.captures));
    String result;
    if (!target.view().starts_with('/')) {
        TRY(result.append(parent_of(found.done)));
        TRY(result.append('/'));
    }
    TRY(result.append(target));
    TRY(result.append(found.rest));
    return result;
}

Result<Ref<File>> SyntheticFileSystem::open_node(Walk const& found, uint32_t flags)
{
    auto const& node = *found.node;
    auto kept = flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC);
    if (is_directory(node))
        return Ref<File>(TRY(make_ref<SyntheticDirectory>(*this, node, found.captures, kept)));
    if (node.file && !(flags & O_PATH))
        return node.file(found.captures, flags);
    return Ref<File>(TRY(make_ref<SyntheticFile>(*this, node, found.captures, kept)));
}

Result<Ref<File>> SyntheticFileSystem::open(FilePath const& path, OpenRequest const& request)
{
    auto flags = request.flags;
    auto found = TRY(walk_to_end(path.absolute));
    auto const& node = *found.node;
    bool writes = (flags & O_ACCMODE) != O_RDONLY && !(flags & O_PATH);
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return Errno::Eexist;
    if (is_directory(node) && (writes || (flags & O_CREAT)))
        return Errno::Eisdir;
    if (!is_directory(node) && (flags & O_DIRECTORY))
        return Errno::Enotdir;
    if (is_link(node) && (flags & O_NOFOLLOW) && !(flags & O_PATH))
        return Errno::Eloop;
    if (is_link(node) && !(flags & O_NOFOLLOW) && node.file)
        return node.file(found.captures, flags);
    if (S_ISREG(node.mode) && writes && !node.write && !node.file)
        return Errno::Eacces;
    auto file = TRY(open_node(found, flags));
    if (file->path().empty())
        TRY(file->set_path(TRY(normalise_path("/", path.absolute))));
    return file;
}

struct stat SyntheticFileSystem::status_of(SyntheticNode const& node, Captures const& captures) const
{
    struct stat status { };
    auto now_ns = monotonic_ns() + realtime_offset_ns();
    status.st_dev = tree_.device;
    status.st_ino = inode_of(node, captures);
    status.st_mode = node.mode;
    status.st_nlink = is_directory(node) ? 2 : 1;
    status.st_rdev = node.device;
    status.st_blksize = 4096;
    if (is_link(node) && node.path.ends_with("/fd/#")) // the others have no size, see proc(5)
        status.st_size = 64;
    status.st_atim = { static_cast<time_t>(now_ns / 1'000'000'000), static_cast<long>(now_ns % 1'000'000'000) };
    status.st_mtim = status.st_ctim = status.st_atim;
    tree_.own(status);
    return status;
}

Result<struct stat> SyntheticFileSystem::status(FilePath const& path, Follow follow)
{
    auto found = TRY(walk_to_end(path.absolute));
    if (is_link(*found.node) && follow == Follow::Yes && found.node->file)
        return TRY(found.node->file(found.captures, O_PATH))->status();
    return status_of(*found.node, found.captures);
}

Result<String> SyntheticFileSystem::read_link(FilePath const& path)
{
    auto found = TRY(walk_to_end(path.absolute));
    if (!is_link(*found.node))
        return Errno::Einval;
    return found.node->target(found.captures);
}

Result<> SyntheticFileSystem::check_access(FilePath const& path, uint32_t mode, bool, Follow follow)
{
    constexpr uint32_t kExecute = 1, kWrite = 2;
    auto status = TRY(this->status(path, follow));
    bool refused = ((mode & kWrite) && !(status.st_mode & 0222)) || ((mode & kExecute) && !(status.st_mode & 0111));
    return refused ? Errno::Eacces : Result<> {};
}

struct statfs SyntheticFileSystem::file_system_status() const
{
    struct statfs status { };
    status.f_type = static_cast<decltype(status.f_type)>(tree_.magic);
    status.f_bsize = status.f_frsize = 4096;
    status.f_namelen = 255;
    return status;
}

Result<struct statfs> SyntheticFileSystem::file_system_status(FilePath const& path)
{
    (void)TRY(walk_to_end(path.absolute));
    return file_system_status();
}

Result<> SyntheticFileSystem::list(
    SyntheticNode const& directory, Captures const& captures, DirectoryEntries& entries) const
{
    auto prefix = directory.path.empty() ? 0 : directory.path.size() + 1;
    SyntheticNode const* numbered = find(directory.path, "#");
    for (auto const& node : tree_.nodes) {
        bool is_below = node.path.size() > prefix && node.path.starts_with(directory.path)
            && (prefix == 0 || node.path[prefix - 1] == '/');
        auto name = is_below ? node.path.substr(prefix) : std::string_view {};
        if (name.empty() || name == "#" || name.find('/') != name.npos)
            continue;
        TRY(entries.push(
            { TRY(String::from(name)), inode_of(node, captures), static_cast<uint8_t>(IFTODT(node.mode)) }));
    }
    if (!directory.numbers || !numbered)
        return {};
    Vector<uint64_t> numbers;
    TRY(directory.numbers->list(captures, numbers));
    for (auto number : numbers) {
        char buffer[24];
        Formatter name(buffer);
        name << number;
        auto with_number = captures;
        with_number.numbers[with_number.count++] = number;
        TRY(entries.push({ TRY(String::from(name.view())), inode_of(*numbered, with_number),
            static_cast<uint8_t>(IFTODT(numbered->mode)) }));
    }
    return {};
}

Result<> SyntheticFileSystem::refuse_new(FilePath const& path)
{
    auto found = walk_to_end(path.absolute);
    if (found.is_ok())
        return Errno::Eexist;
    return found.error(); // ENOENT for a new name, as in /proc
}

Result<> SyntheticFileSystem::remove(FilePath const& path, bool directory)
{
    auto found = TRY(walk_to_end(path.absolute));
    if (directory && !is_directory(*found.node))
        return Errno::Enotdir;
    return Errno::Eperm;
}

Result<> SyntheticFileSystem::truncate(FilePath const& path, uint64_t)
{
    auto found = TRY(walk_to_end(path.absolute));
    return is_directory(*found.node) ? Errno::Eisdir : Result<> {};
}

} // namespace farl
