#include "enclave/vfs/vfs.h"

namespace farl {

namespace {

constinit Vfs the_vfs;
constexpr size_t kLongestPath = 4096; // PATH_MAX, with the terminator
constexpr int kMostLinks = 40;

// Whether cleaning an absolute path would change nothing: most are so.
bool is_normal(std::string_view path)
{
    for (size_t i = 0; i < path.size(); ++i) {
        if (path[i] != '/')
            continue;
        auto next = i + 1 < path.size() ? path[i + 1] : '/';
        if (next == '/' || next == '.')
            return false;
    }
    return path.starts_with('/');
}

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

// The last byte first: it tells most paths apart.
bool is_below(std::string_view path, std::string_view prefix)
{
    if (prefix.size() == 1)
        return true;
    return path.size() >= prefix.size() && path[prefix.size() - 1] == prefix.back()
        && (path.size() == prefix.size() || path[prefix.size()] == '/') && path.starts_with(prefix);
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

// The longest prefixes first.
Result<> Vfs::mount(std::string_view prefix, FileSystem& file_system)
{
    size_t index = 0;
    while (index < mounts_.size() && mounts_[index].prefix.size() >= prefix.size())
        ++index;
    return mounts_.insert(index, { prefix, &file_system });
}

void Vfs::replace(std::string_view prefix, FileSystem& file_system)
{
    for (auto& mount : mounts_)
        if (mount.prefix == prefix)
            mount.file_system = &file_system;
}

void Vfs::sync() const
{
    for (auto const& mount : mounts_)
        mount.file_system->sync();
}

FileSystem& Vfs::file_system_for(std::string_view normal_path) const
{
    size_t index = 0;
    while (!is_below(normal_path, mounts_[index].prefix))
        ++index;
    return *mounts_[index].file_system; // "/" is there, and last
}

// ".." behind a symbolic link is not lexical: a file system with links gets the names as they were given. So does a
// trailing slash or dot, which asks for a directory.
Result<Location> Vfs::locate(StartDirectory const& start, std::string_view path) const
{
    if (path.empty())
        return Errno::Enoent;
    if (path.size() >= kLongestPath)
        return Errno::Enametoolong;
    if (is_normal(path))
        return Location { &file_system_for(path), TRY(String::from(path)) };
    auto normal = TRY(normalise_path(start.path, path));
    Location location { &file_system_for(normal), std::move(normal) };
    bool is_relative = !path.starts_with('/');
    if (has_parent_names(path) || path == "." || path.ends_with('/') || path.ends_with("/.")) {
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
    for (int links = 0; links <= kMostLinks; ++links) {
        auto target = TRY(location.file_system->redirect(location.file_path(), follow));
        if (target.is_empty())
            return location;
        if (links == kMostLinks)
            break;
        location = TRY(locate({}, target));
    }
    return Errno::Eloop;
}

Result<Location> Vfs::resolve_absolute(std::string_view path, Follow follow) const { return resolve({}, path, follow); }

} // namespace farl
