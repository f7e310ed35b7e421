// EphemeralFileSystem: a tree of files in enclave memory, as tmpfs: nothing of it ever leaves the enclave. One identity
// owns all of it, so permissions are kept but not enforced.
#pragma once

#include "enclave/fs/ephemeral/ephemeral_node.h"
#include "enclave/vfs/file_system.h"

namespace farl {

class EphemeralFileSystem final : public FileSystem {
public:
    // `own` fills in st_uid and st_gid of what is created.
    static Result<EphemeralFileSystem*> create(std::string_view mount, void (*own)(struct stat&));

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
    Result<> make_symbolic_link(std::string_view target, FilePath const& path) override;
    Result<> change_mode(FilePath const& path, uint32_t mode, Follow follow) override;
    Result<> change_owner(FilePath const& path, uint32_t uid, uint32_t gid, Follow follow) override;
    Result<> set_times(FilePath const& path, FileTimes const& times, Follow follow) override;
    Result<> truncate(FilePath const& path, uint64_t size) override;

private:
    using NodeRef = Ref<EphemeralNode>;
    // Where a path leads: the directory its last name is in, and what is there, if anything.
    struct Place {
        NodeRef parent; // null: the path is the root
        std::string_view name;
        NodeRef node;
        bool wants_directory { false };
    };

    EphemeralFileSystem(std::string_view mount, void (*own)(struct stat&), NodeRef root)
        : mount_(mount),
          own_(own),
          root_(std::move(root))
    {
    }
    Result<Place> find(std::string_view normal_path, bool wants_directory);
    Result<Place> find(String& normal, FilePath const& path);
    Result<NodeRef> existing(FilePath const& path);
    Result<NodeRef> create_node(uint32_t mode);
    Result<> add(Place const& place, NodeRef node);
    Result<> check_free(Place const& place) const;
    Result<> check_replacement(NodeRef const& moved, Place const& target, uint32_t flags) const;
    Result<Ref<File>> open_node(NodeRef node, FilePath const& path, OpenRequest const& request);

    std::string_view mount_;
    void (*own_)(struct stat&);
    Mutex lock_; // the tree's shape
    NodeRef root_;
};

} // namespace farl
