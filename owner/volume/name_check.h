// NameCheck: that directories, inodes, links and the list of free inodes of a volume agree with each other.
#pragma once

#include "owner/volume/directory_reader.h"
#include "owner/volume/slot_check.h"

namespace farl::owner {

class NameCheck {
public:
    // All of it outlives the check.
    NameCheck(StoreReader const& store, DamageReport const& report) : store_(store), report_(report) { }
    void run();

    // From the root of the volume; empty for what has no name.
    std::string path_of(uint64_t inode) const;
    uint64_t file_count() const; // names or not, but directories
    uint64_t directory_count() const;

private:
    struct Inode {
        uint32_t mode { 0 };
        uint32_t links { 0 };
        uint64_t size { 0 };
        uint64_t attributes { 0 };
        uint64_t parent { 0 }; // where the first of its names is
        std::string name;
        uint32_t name_count { 0 };
        uint32_t directory_count { 0 }; // in a directory
        bool is_unknown { false };      // its place in the table cannot be read
        bool is_free { false };         // in the list of those
        bool is_orphan { false };
        bool is_attributes { false }; // of another inode
    };

    Inode* inode(uint64_t number) { return number < inodes_.size() ? &inodes_[number] : nullptr; }
    void load_inodes();
    void check_free_list();
    void check_directory(uint64_t number);
    void take(uint64_t directory, DirectoryEntry const& entry);
    void check_attributes(uint64_t number);
    void check_links(uint64_t number);
    void check_root(uint64_t number);

    StoreReader const& store_;
    DamageReport const& report_;
    std::vector<Inode> inodes_; // by number
    bool is_whole_ { true };    // all directories could be read: else names may be missing
};

} // namespace farl::owner
