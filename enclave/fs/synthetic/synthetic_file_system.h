// SyntheticFileSystem: a tree of files that exist only in a table: contents are made when they are read, numbers may
// stand for names, links lead anywhere. /proc and /dev are such tables. Nothing can be created or removed.
#pragma once

#include "enclave/vfs/file_system.h"
#include "enclave/vfs/listed_directory.h"
#include "enclave/vfs/text.h"

namespace farl {

// The numbers that were names on the way to a node, in order.
struct Captures {
    uint64_t numbers[2] {};
    size_t count { 0 };
    uint64_t first() const { return numbers[0]; }
    uint64_t last() const { return numbers[count - 1]; }
};

// A directory's children whose names are numbers.
struct NumberNames {
    bool (*exists)(Captures const&); // the last number is the one in question
    Result<> (*list)(Captures const&, Vector<uint64_t>&);
};

struct SyntheticNode {
    std::string_view path; // below the mount, "#" for a number; the root is ""
    uint32_t mode { 0 };   // type and permissions
    Result<> (*text)(Captures const&, Text&) { nullptr };
    Result<> (*write)(Captures const&, std::string_view) { nullptr };
    Result<String> (*target)(Captures const&) { nullptr }; // of a link
    // What a link leads to that a path may not lead to; or how a device or special file is opened.
    Result<Ref<File>> (*file)(Captures const&, uint32_t flags) { nullptr };
    NumberNames const* numbers { nullptr };
    uint64_t device { 0 }; // st_rdev
};

struct SyntheticTree {
    std::string_view mount; // where it is mounted
    std::span<SyntheticNode const> nodes;
    uint64_t magic;            // statfs(2) f_type
    uint64_t device;           // st_dev
    void (*own)(struct stat&); // fills in st_uid and st_gid
};

class SyntheticFileSystem final : public FileSystem {
public:
    explicit SyntheticFileSystem(SyntheticTree const& tree) : tree_(tree) { }

    Result<String> redirect(FilePath const& path, Follow follow) override;
    Result<Ref<File>> open(FilePath const& path, OpenRequest const& request) override;
    Result<struct stat> status(FilePath const& path, Follow follow) override;
    Result<String> read_link(FilePath const& path) override;
    Result<> check_access(FilePath const& path, uint32_t mode, bool as_effective, Follow follow) override;
    Result<struct statfs> file_system_status(FilePath const& path) override;
    Result<> make_directory(FilePath const& path, uint32_t) override { return refuse_new(path); }
    Result<> make_node(FilePath const& path, uint32_t, uint64_t) override { return refuse_new(path); }
    Result<> make_symbolic_link(std::string_view, FilePath const& path) override { return refuse_new(path); }
    Result<> remove(FilePath const& path, bool) override;
    Result<> change_mode(FilePath const&, uint32_t, Follow) override { return Errno::Eperm; }
    Result<> change_owner(FilePath const&, uint32_t, uint32_t, Follow) override { return Errno::Eperm; }
    Result<> set_times(FilePath const&, FileTimes const&, Follow) override { return Errno::Eperm; }
    Result<> truncate(FilePath const& path, uint64_t) override;

    // For the files it hands out.
    struct stat status_of(SyntheticNode const& node, Captures const& captures) const;
    struct statfs file_system_status() const;
    Result<> list(SyntheticNode const& node, Captures const& captures, DirectoryEntries& entries) const;

private:
    struct Walk {
        SyntheticNode const* node;
        Captures captures;
        std::string_view done; // the path of the node
        std::string_view rest; // what follows a link
    };
    // Stops at a link or at the end of the path.
    Result<Walk> walk(std::string_view normal_path) const;
    Result<Walk> walk_to_end(std::string_view path) const;
    SyntheticNode const* child(SyntheticNode const& parent, std::string_view name, Captures& captures) const;
    SyntheticNode const* find(std::string_view parent, std::string_view name) const;
    Result<Ref<File>> open_node(Walk const& found, uint32_t flags);
    Result<> refuse_new(FilePath const& path);

    SyntheticTree const& tree_;
};

} // namespace farl
