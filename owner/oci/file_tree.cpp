#include "owner/oci/file_tree.h"

#include "owner/oci/image_defect.h"

#include <fmt/format.h>
#include <vector>

namespace farl::owner {

namespace {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";
constexpr std::string_view kReserved = ".wh..wh."; // of aufs, which is no more
constexpr int kMostLinks = 40;                     // ELOOP on Linux

FileAttributes directory_attributes() { return { .type = FileType::Directory, .mode = 0755 }; }

std::vector<std::string> parts_of(std::string_view path)
{
    std::vector<std::string> parts;
    for (size_t begin = 0; begin < path.size();) {
        auto const end = std::min(path.find('/', begin), path.size());
        if (end > begin)
            parts.emplace_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

} // namespace

FileTree::FileTree() { nodes_.push_back({ .attributes = directory_attributes() }); }

void FileTree::begin_layer()
{
    ++layer_count_;
    entry_count_ = 0;
}

void FileTree::add(TarEntry const& entry)
{
    ++entry_count_;
    if (entry.path.empty())
        return add_root(entry);
    auto const place = place_of(entry.path);
    if (is_whiteout(place))
        return;
    if (entry.is_hard_link)
        add_hard_link(place, entry);
    else
        add_file(place, entry);
}

void FileTree::add_root(TarEntry const& entry)
{
    if (entry.is_hard_link || entry.attributes.type != FileType::Directory)
        throw ImageDefect("its root is no directory");
    nodes_[kRoot].attributes = entry.attributes;
}

FileTree::Place FileTree::place_of(std::string const& path)
{
    auto const slash = path.rfind('/');
    auto directory = kRoot;
    if (slash != path.npos) {
        for (auto const& part : parts_of(std::string_view(path).substr(0, slash)))
            directory = enter(directory, part, path);
    }
    return { directory, slash == path.npos ? path : path.substr(slash + 1) };
}

// Archives made of directories name no file through a link: one that does so within a layer wants to write elsewhere.
FileTree::NodeId FileTree::enter(NodeId directory, std::string const& name, std::string const& path)
{
    auto const found = nodes_[directory].names.find(name);
    if (found == nodes_[directory].names.end())
        return make(directory, name, directory_attributes());
    auto const& node = nodes_[found->second.node];
    if (node.attributes.type == FileType::Directory)
        return found->second.node;
    if (node.attributes.type != FileType::Symlink)
        throw ImageDefect(fmt::format("{}: {} is a file, not a directory", path, name));
    if (found->second.layer == layer_count_)
        throw ImageDefect(fmt::format("{}: leads through {}, a symbolic link of the same layer", path, name));
    return follow(directory, node.attributes.link_target, 0);
}

// As in a container: a link cannot lead out of its root.
FileTree::NodeId FileTree::follow(NodeId directory, std::string const& target, int depth) const
{
    if (depth == kMostLinks)
        throw ImageDefect(fmt::format("{}: a loop of symbolic links", target));
    if (target.starts_with('/'))
        directory = kRoot;
    for (auto const& part : parts_of(target)) {
        if (part == ".")
            continue;
        if (part == "..") {
            directory = nodes_[directory].parent;
            continue;
        }
        auto const found = nodes_[directory].names.find(part);
        if (found == nodes_[directory].names.end())
            throw ImageDefect(fmt::format("{}: a symbolic link to what is not there, used as a directory", target));
        auto const& node = nodes_[found->second.node];
        if (node.attributes.type == FileType::Symlink)
            directory = follow(directory, node.attributes.link_target, depth + 1);
        else if (node.attributes.type == FileType::Directory)
            directory = found->second.node;
        else
            throw ImageDefect(fmt::format("{}: a symbolic link to a file, used as a directory", target));
    }
    return directory;
}

FileTree::NodeId FileTree::make(NodeId directory, std::string const& name, FileAttributes attributes)
{
    auto const& parent = nodes_[directory].path;
    auto path = parent.empty() ? name : parent + "/" + name;
    if (path.size() > kLongestPath)
        throw ImageDefect(fmt::format("{}...: a path longer than {} bytes", path.substr(0, 80), kLongestPath));
    auto const id = static_cast<NodeId>(nodes_.size());
    nodes_.push_back({ .attributes = std::move(attributes),
        .origin = { layer_count_ - 1, entry_count_ - 1 },
        .path = std::move(path),
        .parent = directory });
    nodes_[directory].names.insert_or_assign(name, Name { id, layer_count_ });
    return id;
}

bool FileTree::is_whiteout(Place const& place)
{
    if (!place.name.starts_with(kWhiteout))
        return false;
    if (place.name == kOpaque) {
        remove_lower(place.directory);
        return true;
    }
    if (place.name.starts_with(kReserved))
        return true;
    auto& names = nodes_[place.directory].names;
    auto const hidden = names.find(place.name.substr(kWhiteout.size()));
    if (hidden != names.end() && keeps_nothing_of(hidden->second))
        names.erase(hidden);
    return true;
}

// What this layer itself brought stays, wherever in the layer the whiteout stands.
void FileTree::remove_lower(NodeId directory)
{
    auto& names = nodes_[directory].names;
    for (auto name = names.begin(); name != names.end();)
        name = keeps_nothing_of(name->second) ? names.erase(name) : std::next(name);
}

bool FileTree::keeps_nothing_of(Name const& name)
{
    if (nodes_[name.node].attributes.type != FileType::Directory)
        return name.layer != layer_count_;
    remove_lower(name.node);
    return name.layer != layer_count_ && nodes_[name.node].names.empty();
}

void FileTree::add_hard_link(Place const& place, TarEntry const& entry)
{
    auto const target = find(entry.hard_link_target);
    if (!target)
        throw ImageDefect(fmt::format("{}: a hard link to {}, which is not there", entry.path, entry.hard_link_target));
    if (nodes_[*target].attributes.type == FileType::Directory)
        throw ImageDefect(fmt::format("{}: a hard link to a directory", entry.path));
    auto& names = nodes_[place.directory].names;
    auto const existing = names.find(place.name);
    if (existing != names.end() && existing->second.layer == layer_count_)
        throw ImageDefect(fmt::format("{}: twice in the layer", entry.path));
    names.insert_or_assign(place.name, Name { *target, layer_count_ });
}

void FileTree::add_file(Place const& place, TarEntry const& entry)
{
    auto& names = nodes_[place.directory].names;
    auto const existing = names.find(place.name);
    if (existing == names.end()) {
        make(place.directory, place.name, entry.attributes);
        return;
    }
    auto& node = nodes_[existing->second.node];
    bool const are_directories =
        node.attributes.type == FileType::Directory && entry.attributes.type == FileType::Directory;
    if (existing->second.layer == layer_count_ && !are_directories)
        throw ImageDefect(fmt::format("{}: twice in the layer", entry.path));
    if (!are_directories) {
        make(place.directory, place.name, entry.attributes);
        return;
    }
    node.attributes = entry.attributes;
    node.origin = { layer_count_ - 1, entry_count_ - 1 };
    existing->second.layer = layer_count_;
}

void FileTree::finish()
{
    for (auto& node : nodes_)
        node.links = 0;
    for_each_name([this](std::string const& path, NodeId id) {
        auto& node = nodes_[id];
        if (node.links++ == 0)
            node.path = path;
    });
}

std::optional<FileTree::NodeId> FileTree::find(std::string const& path) const
{
    auto id = kRoot;
    for (auto const& part : parts_of(path)) {
        auto const found = nodes_[id].names.find(part);
        if (found == nodes_[id].names.end())
            return {};
        id = found->second.node;
    }
    return id;
}

} // namespace farl::owner
