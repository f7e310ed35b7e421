#include "enclave/fs/host/host_place.h"

#include "enclave/fs/host/host_file.h"
#include "enclave/fs/host/host_opening.h"
#include "enclave/fs/host/host_status.h"

#include <linux/openat2.h>

namespace farl {

namespace {

std::string_view without_trailing_slashes(std::string_view path)
{
    while (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

std::string_view last_name(std::string_view path)
{
    auto cut = without_trailing_slashes(path);
    return path.substr(cut.rfind('/') + 1);
}

bool is_dot(std::string_view name)
{
    name = without_trailing_slashes(name);
    return name.empty() || name == "/" || name == "." || name == "..";
}

} // namespace

std::string_view HostRoot::inside(std::string_view path) const
{
    auto root = host_path.view();
    if (!path.starts_with(root))
        return "";
    path.remove_prefix(root.size());
    if (path.empty())
        return "/";
    return path.front() == '/' ? path : "";
}

Result<HostDescriptor> open_inside(
    HostRoot const& root, std::string_view path, OpenRequest const& request, FirstLook const* look)
{
    Staging staging;
    auto staged = TRY(staging.put_string(path));
    bool creates = request.flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY));
    open_how how { .flags = request.flags | O_CLOEXEC,
        .mode = creates ? request.mode & 07777 : 0,
        .resolve = request.resolve | RESOLVE_IN_ROOT };
    auto staged_how = TRY(staging.put_object(how));
    return checked_descriptor(host_open(root.descriptor.number(), staged, how, staged_how, look));
}

Result<HostPlace> HostPlace::create(HostRoot const& root, FilePath const& path, Follow follow, Staging& staging)
{
    HostPlace place;
    if (!root.is_whole_host()) {
        TRY(place.enter(root, path.absolute, follow, staging));
        return place;
    }
    auto* directory = path.directory ? path.directory->as_host_file() : nullptr;
    if (directory)
        place.directory_ = directory->host_descriptor();
    place.name_ = TRY(staging.put_string(directory ? path.relative : path.absolute));
    return place;
}

Result<> HostPlace::enter(HostRoot const& root, std::string_view path, Follow follow, Staging& staging)
{
    if (follow == Follow::Yes || is_dot(last_name(path)))
        return enter_target(root, path, staging);
    return enter_parent(root, path, staging);
}

// The host's /proc leads from a descriptor to its file, without another walk.
Result<> HostPlace::enter_target(HostRoot const& root, std::string_view path, Staging& staging)
{
    held_ = TRY(open_inside(root, path, { .flags = O_PATH }));
    name_ = TRY(put_descriptor_link(staging, held_.number()));
    return {};
}

Result<> HostPlace::enter_parent(HostRoot const& root, std::string_view path, Staging& staging)
{
    auto name = last_name(path);
    auto parent = path.substr(0, path.size() - name.size());
    held_ = TRY(open_inside(root, parent, { .flags = O_PATH | O_DIRECTORY }));
    directory_ = held_.number();
    name_ = TRY(staging.put_string(name));
    return {};
}

} // namespace farl
