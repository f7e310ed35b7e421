// TreeFileSystem: a tree of files of which nothing leaves the enclave in clear. Its origin makes the files, and keeps
// them if anything does: what a program changes in memory or over a protected image is gone with the enclave.
#pragma once

#include "enclave/fs/tree/node_origin.h"
#include "enclave/fs/tree/tree_access.h"
#include "enclave/vfs/file_system.h"

namespace farl {

class TreeFileSystem final : public FileSystem {
public:
    // Whoever asks is let in if their credentials allow it. The mount's path, "" for the root, and the origin outlive
    // it.
    static Result<TreeFileSystem*> create(std::string_view mount, NodeOrigin& origin);
    // From the root on, and everybody is root: for files that Farl puts in place.
    static Result<TreeFileSystem*> create_unguarded(NodeOrigin& origin);

    bool keeps_sockets_inside() const override { return true; }
    Result<String> redirect(FilePath const& path, Follow follow) override;
    Result<Ref<File>> open(FilePath const& path, OpenRequest const& request) override;
    Result<struct stat> status(FilePath const& path, Follow follow) override;
    Result<String> read_link(FilePath const& path) override;
    Result<> check_access(FilePath const& path, uint32_t mode, bool as_effective, Follow follow) override;
    Result<struct statfs> file_system_status(FilePath const& path) override;
    Result<> make_directory(FilePath const& path, uint32_t mode) override;
    Result<> make_node(FilePath const& path, uint32_t mode, uint64_t device) override;
    Result<> remove(FilePath const& path, bool directory) override;
    Result<> rename(FilePath const& from, FilePath const& to, uint32_t flags) override;
    Result<> link(FilePath const& from, FilePath const& to, Follow follow) override;
    Result<> link_file(File& file, FilePath const& to) override;
    Result<> make_symbolic_link(std::string_view target, FilePath const& path) override;
    Result<> change_mode(FilePath const& path, uint32_t mode, Follow follow) override;
    Result<> change_owner(FilePath const& path, uint32_t uid, uint32_t gid, Follow follow) override;
    Result<> set_times(FilePath const& path, FileTimes const& times, Follow follow) override;
    Result<> truncate(FilePath const& path, uint64_t size) override;
    Result<size_t> get_attribute(FilePath const& path, std::string_view name, Sink const& sink, Follow) override;
    Result<> set_attribute(FilePath const& path, std::string_view name, Source const& source, int, Follow) override;
    Result<size_t> list_attributes(FilePath const& path, Sink const& sink, Follow) override;
    Result<> remove_attribute(FilePath const& path, std::string_view name, Follow) override;
    void sync() override { (void)origin_.sync(); }

    // Where an open directory is now; " (deleted)" behind where it was if it is nowhere.
    Result<String> path_of(TreeNode const& directory, std::string_view opened_as);

private:
    using NodeRef = Ref<TreeNode>;
    // Where a path leads: the directory its last name is in, and what is there, if anything.
    struct Place {
        NodeRef parent; // null: the path is the root, or ends in ".."
        std::string_view name;
        NodeRef node;
        bool wants_directory { false };
        // Of the walk: the first symbolic link on the way that has to be followed, and what comes behind it.
        NodeRef link {};
        size_t link_begin { 0 }; // where its name begins in the path
        std::string_view after_link {};
    };

    TreeFileSystem(std::string_view mount, NodeOrigin& origin, NodeRef root)
        : mount_(mount),
          origin_(origin),
          root_(std::move(root))
    {
    }

    Credentials credentials(Whose whose = Whose::FileAccess) const;
    bool is_ours(std::string_view path) const;
    Result<String> walkable(FilePath const& path) const;
    NodeRef removed_start(FilePath const& path) const;
    Result<> step(Place& place, std::string_view name, Credentials const& who);
    Result<Place> walk(std::string_view path, Credentials const& who, bool follows_last, bool finds_links);
    Result<Place> find(String& walked, FilePath const& path, Credentials const& who);
    Result<NodeRef> existing(FilePath const& path, Credentials const& who);
    Result<NodeRef> create_node(Place const& place, uint32_t mode, Credentials const& who);
    Result<> add(Place const& place, NodeRef node);
    Result<> add_new(Place const& place, NodeRef node);
    Result<> make(FilePath const& path, uint32_t mode, std::string_view target = {});
    Result<> check_free(Place const& place, Credentials const& who) const;
    Result<> check_removal(Place const& place, Credentials const& who) const;
    Result<> check_replacement(NodeRef const& moved, Place const& target, uint32_t flags) const;
    Result<> check_move(Place const& source, Place const& target, uint32_t flags, Credentials const& who) const;
    Result<> check_opening(Place const& place, uint32_t flags, Credentials const& who) const;
    Result<> exchange(Place const& source, Place const& target);
    Result<> move(Place const& source, Place const& target);
    Result<> link_node(NodeRef node, FilePath const& to);
    Result<Ref<File>> open_at_once(FilePath const& path, OpenRequest const& request);
    static Result<Ref<File>> open_fifo(NodeRef node, uint32_t flags);
    Result<Ref<File>> open_temporary(NodeRef const& directory, FilePath const& path, OpenRequest const& request);
    Result<Ref<File>> open_node(NodeRef node, FilePath const& path, OpenRequest const& request);

    // Calls change(node, credentials) with the node's lock held.
    template <typename Change>
    auto with_node(FilePath const& path, Change&& change) -> decltype(change(std::declval<TreeNode&>(), Credentials {}))
    {
        auto const who = credentials();
        auto node = TRY(existing(path, who));
        LockGuard guard(node->lock);
        return change(*node, who);
    }

    std::string_view mount_;
    NodeOrigin& origin_;
    bool is_guarded_ { true };
    NodeRef root_;
};

} // namespace farl
