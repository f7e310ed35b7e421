#include "enclave/vfs/vfs.h"

namespace farl {

namespace {

constinit Vfs the_vfs;
constexpr size_t kLongestPath = 4096; // PATH_MAX, with the terminator
constexpr int kMostLinks = 40;

Result<> append_names(String& result, std::string_view path)
{
    while (!path.empty()) {
        auto slash = path.find('/');
        auto name = path.substr(0, slash);
        path = slash == path.npos ? std::string_view {} : path.substr(slash + 1);
        if (name.empty() || name == ".")
            continue;
        if (name == "..") {
            auto last = result.view().rfind('/');
            result.truncate(last == std::string_view::npos ? 0 : last);
            continue;
        }
        TRY(result.append('/'));
        TRY(result.append(name));
    }
    return {};
}

bool is_below(std::string_view path, std::string_view prefix)
{
    if (prefix == "/")
        return true;
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

bool has_parent_names(std::string_view path)
{
    return path == ".." || path.starts_with("../") || path.ends_with("/..") || path.find("/../") != path.npos;
}

} // namespace

Vfs& vfs() { return the_vfs; }

Result<String> normalise_path(std::string_view base, std::string_view path)
{
    String result;
    TRY(result.reserve(base.size() + path.size() + 1));
    if (!path.starts_with('/'))
        TRY(append_names(result, base));
    TRY(append_names(result, path));
    if (result.is_empty())
        TRY(result.append('/'));
    return result;
}

Result<> Vfs::mount(std::string_view prefix, FileSystem& file_system) { return mounts_.push({ prefix, &file_system }); }

void Vfs::sync() const
{
    for (auto const& mount : mounts_)
        mount.file_system->sync();
}

FileSystem& Vfs::file_system_for(std::string_view normal_path) const
{
    Mount const* best = nullptr;
    for (auto const& mount : mounts_)
        if (is_below(normal_path, mount.prefix) && (!best || mount.prefix.size() > best->prefix.size()))
            best = &mount;
    ASSERT(best);
    return *best->file_system;
}

// ".." behind a symbolic link is not lexical: a file system with links gets the names as they were given. So does a
// trailing slash or dot, which asks for a directory.
Result<Location> Vfs::locate(StartDirectory const& start, std::string_view path) const
{
    if (path.empty())
        return Errno::Enoent;
    if (path.size() >= kLongestPath)
        return Errno::Enametoolong;
    auto normal = TRY(normalise_path(start.path, path));
    Location location { &file_system_for(normal), std::move(normal) };
    bool is_relative = !path.starts_with('/');
    if (has_parent_names(path) || path.ends_with('/') || path.ends_with("/.")) {
        String literal;
        TRY(literal.reserve(start.path.size() + 1 + path.size()));
        if (is_relative) {
            TRY(literal.append(start.path));
            TRY(literal.append('/'));
        }
        TRY(literal.append(path));
        location.path = std::move(literal);
    }
    if (is_relative && start.file) {
        location.directory = start.file;
        location.relative = TRY(String::from(path));
    }
    return location;
}

Result<Location> Vfs::resolve(StartDirectory const& start, std::string_view path, Follow follow) const
{
    auto location = TRY(locate(start, path));
    for (int links = 0; links < kMostLinks; ++links) {
        auto target = TRY(location.file_system->redirect(location.file_path(), follow));
        if (target.is_empty())
            return location;
        location = TRY(locate({}, target));
    }
    return Errno::Eloop;
}

Result<Location> Vfs::resolve_absolute(std::string_view path, Follow follow) const { return resolve({}, path, follow); }

} // namespace farl
