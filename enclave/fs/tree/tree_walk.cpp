// TreeFileSystem: where a path leads: path_resolution(7).
#include "enclave/fs/tree/tree_file_system.h"
#include "enclave/vfs/vfs.h"

namespace farl {

namespace {

constexpr size_t kLongestName = 255;

std::string_view next_name(std::string_view& rest)
{
    while (rest.starts_with('/'))
        rest.remove_prefix(1);
    auto name = rest.substr(0, rest.find('/'));
    rest.remove_prefix(name.size());
    return name;
}

bool asks_for_directory(std::string_view path) { return path.ends_with('/') || path.ends_with("/."); }

bool has_parent_names(std::string_view path) { return path.find("/..") != path.npos; }

} // namespace

bool TreeFileSystem::is_ours(std::string_view path) const { return &vfs().file_system_for(path) == this; }

// ".." means what is above the directory that was reached, so names are walked as they are given. But what leads
// through another file system is taken as if no link were in it.
Result<String> TreeFileSystem::walkable(FilePath const& path) const
{
    if (!has_parent_names(path.absolute))
        return String::from(path.absolute);
    auto const begin = mount_.size();
    bool is_literal = path.absolute.starts_with(mount_) && path.absolute.substr(begin).starts_with('/');
    for (size_t end = begin; is_literal && end != path.absolute.npos;) {
        end = path.absolute.find('/', end + 1);
        auto const prefix = TRY(normalise_path("/", path.absolute.substr(0, end)));
        is_literal = is_ours(prefix);
    }
    if (is_literal)
        return String::from(path.absolute);
    auto normal = TRY(normalise_path("/", path.absolute));
    if (asks_for_directory(path.absolute))
        TRY(normal.append('/'));
    return normal;
}

Result<> TreeFileSystem::step(Place& place, std::string_view name, Credentials const& who)
{
    if (!place.node)
        return Errno::Enoent;
    if (!place.node->is_directory())
        return Errno::Enotdir;
    if (name.size() > kLongestName)
        return Errno::Enametoolong;
    auto directory = std::move(place.node);
    LockGuard guard(directory->lock);
    TRY(check_permission(*directory, who, kMayExecute));
    if (name == "..") {
        place.node = directory->parent ? NodeRef(*directory->parent) : directory;
        place.parent = nullptr;
    } else if (name == ".") {
        place.node = directory;
    } else {
        place.node = TRY(directory->child(name));
        place.parent = directory;
        place.name = name;
    }
    return {};
}

// With the tree's lock held. Stops at a link that has to be followed, if it is to find those.
Result<TreeFileSystem::Place> TreeFileSystem::walk(
    std::string_view path, Credentials const& who, bool follows_last, bool finds_links)
{
    bool wants_directory = asks_for_directory(path);
    Place place { .parent = nullptr, .name = {}, .node = root_, .wants_directory = wants_directory };
    auto rest = path.substr(mount_.size());
    for (auto name = next_name(rest); !name.empty(); name = next_name(rest)) {
        TRY(step(place, name, who));
        bool is_last = rest.find_first_not_of('/') == rest.npos;
        bool has_to_be_followed = !is_last || wants_directory || follows_last;
        if (finds_links && place.node && place.node->is_link() && has_to_be_followed) {
            place.link = place.node;
            place.link_begin = static_cast<size_t>(name.data() - path.data());
            place.after_link = rest;
            return place;
        }
    }
    return place;
}

// "." of a directory that has no path any more; null for anything else.
Ref<TreeNode> TreeFileSystem::removed_start(FilePath const& path) const
{
    auto* node = path.directory ? path.directory->as_tree_node() : nullptr;
    bool is_removed = node && node->device() == origin_.device() && node->links == 0;
    return is_removed && path.relative == "." ? NodeRef(*node) : nullptr;
}

Result<TreeFileSystem::Place> TreeFileSystem::find(String& walked, FilePath const& path, Credentials const& who)
{
    if (auto removed = removed_start(path))
        return Place { .parent = nullptr, .name = {}, .node = removed, .wants_directory = true };
    walked = TRY(walkable(path));
    auto place = TRY(walk(walked, who, false, false));
    if (place.node && place.wants_directory && !place.node->is_directory())
        return Errno::Enotdir;
    return place;
}

Result<Ref<TreeNode>> TreeFileSystem::existing(FilePath const& path, Credentials const& who)
{
    String walked;
    LockGuard guard(origin_.tree_lock);
    auto place = TRY(find(walked, path, who));
    if (!place.node)
        return Errno::Enoent;
    return place.node;
}

// What is wrong with the path otherwise, the call itself will find.
Result<String> TreeFileSystem::redirect(FilePath const& path, Follow follow)
{
    auto walked = TRY(walkable(path));
    LockGuard guard(origin_.tree_lock);
    origin_.make_room(*root_); // each call with a path begins here
    auto found = walk(walked, credentials(), follow == Follow::Yes, true);
    if (found.is_error() || !found.value().link)
        return String {};
    auto const& place = found.value();
    auto const& target = place.link->target;
    String result;
    TRY(result.reserve(walked.size() + target.size()));
    if (!target.view().starts_with('/'))
        TRY(result.append(walked.view().substr(0, place.link_begin)));
    TRY(result.append(target));
    TRY(result.append(place.after_link));
    return result;
}

Result<String> TreeFileSystem::path_of(TreeNode const& directory, std::string_view opened_as)
{
    LockGuard guard(origin_.tree_lock);
    Vector<std::string_view> names;
    auto const* node = &directory;
    for (; node->parent; node = node->parent)
        TRY(names.push(node->parent->name_of(*node)));
    String path;
    if (node != root_.get()) {
        TRY(path.append(opened_as));
        if (!opened_as.ends_with(" (deleted)"))
            TRY(path.append(" (deleted)"));
        return path;
    }
    TRY(path.append(mount_));
    for (auto i = names.size(); i-- > 0;) {
        TRY(path.append('/'));
        TRY(path.append(names[i]));
    }
    if (path.is_empty())
        TRY(path.append('/'));
    return path;
}

} // namespace farl
