// FileTree: what a container sees of its image: the layers laid over each other, with whiteouts, opaque directories and
// hard links resolved. It keeps no contents, only where they are: which entry of which layer.
#pragma once

#include "owner/oci/tar_entry.h"

#include <deque>
#include <map>
#include <optional>
#include <string>

namespace farl::owner {

class FileTree {
public:
    using NodeId = uint32_t;
    static constexpr NodeId kRoot = 0;

    // Which entry, by its number in its layer, a node is from.
    struct Origin {
        uint32_t layer { 0 };
        uint32_t entry { 0 };
        auto operator<=>(Origin const&) const = default;
    };

    // A name in a directory. The layer is the one that brought the name: whiteouts hide what lower layers brought.
    struct Name {
        NodeId node;
        uint32_t layer;
    };

    struct Node {
        FileAttributes attributes;
        Origin origin;
        std::string path;                  // from the root: "usr/bin/sort"; of several, the first in the tree's order
        uint32_t links { 0 };              // how many names it has
        std::map<std::string, Name> names; // in a directory
        NodeId parent { kRoot };           // of a directory
    };

    FileTree();

    // Layers from the lowest one up. Throws ImageDefect.
    void begin_layer();
    void add(TarEntry const& entry);
    // After the last one: paths and links are known then.
    void finish();

    Node const& node(NodeId id) const { return nodes_[id]; }
    std::optional<NodeId> find(std::string const& path) const; // follows no symbolic link

    // Each name once, parents before children, in order of names: visit(path, id); "" is the root.
    template <typename Visit>
    void for_each_name(Visit&& visit) const
    {
        visit_names(kRoot, "", visit);
    }

private:
    // Where a path leads: the directory that its last part is in, and that part.
    struct Place {
        NodeId directory;
        std::string name;
    };

    template <typename Visit>
    void visit_names(NodeId id, std::string const& path, Visit& visit) const
    {
        visit(path, id);
        for (auto const& [name, child] : nodes_[id].names)
            visit_names(child.node, path.empty() ? name : path + "/" + name, visit);
    }

    Place place_of(std::string const& path);
    NodeId enter(NodeId directory, std::string const& name, std::string const& path);
    NodeId follow(NodeId directory, std::string const& target, int depth) const;
    NodeId make(NodeId directory, std::string const& name, FileAttributes attributes);

    bool is_whiteout(Place const& place);
    void remove_lower(NodeId directory);
    bool keeps_nothing_of(Name const& name);
    void add_root(TarEntry const& entry);
    void add_hard_link(Place const& place, TarEntry const& entry);
    void add_file(Place const& place, TarEntry const& entry);

    std::deque<Node> nodes_;
    uint32_t layer_count_ { 0 };
    uint32_t entry_count_ { 0 }; // of the layer
};

} // namespace farl::owner
