// Open files and directories in enclave memory: of an EphemeralFileSystem, and memfd_create(2).
#pragma once

#include "enclave/fs/ephemeral/ephemeral_node.h"
#include "enclave/vfs/listed_directory.h"

namespace farl {

inline constexpr uint64_t kTmpfsMagic = 0x01021994;

class EphemeralFile final : public File {
public:
    EphemeralFile(Ref<EphemeralNode> node, uint32_t flags) : File(flags), node_(std::move(node)) { }
    // memfd_create(2): a file without a name. `path` is what /proc/self/fd shows.
    static Result<Ref<File>> create_unnamed(std::string_view path, uint32_t uid, uint32_t gid, uint32_t seals);

    Result<size_t> read(Sink const& sink) override;
    Result<size_t> write(Source const& source) override;
    Result<size_t> read_at(uint64_t offset, Sink const& sink) override;
    Result<size_t> write_at(uint64_t offset, Source const& source) override;
    bool has_positions() const override { return true; }
    Result<size_t> append(Source const& source, bool moves_position) override;
    Result<uint64_t> seek(int64_t offset, int whence) override;
    Result<uint64_t> control(uint64_t request, uint64_t argument) override;
    Result<struct stat> status() override;
    Result<struct statfs> file_system_status() override;
    Result<> change_mode(uint32_t mode) override;
    Result<> change_owner(uint32_t uid, uint32_t gid) override;
    Result<> set_times(FileTimes const& times) override;
    Result<> truncate(uint64_t size) override;
    Result<> allocate(int mode, uint64_t offset, uint64_t size) override;
    Result<> sync(bool) override { return {}; }
    Result<> sync_range(uint64_t, uint64_t, uint32_t) override { return {}; }
    Result<uint64_t> seals() override;
    Result<> add_seals(uint32_t seals) override;
    Result<Ref<MappedObject>> mapping() override;
    ObjectKey object_key() const override { return node_->key(); }
    Result<Ref<File>> reopen(uint32_t flags) override;
    Result<String> current_path() override;

private:
    Result<size_t> write_locked(uint64_t offset, Source const& source);

    Ref<EphemeralNode> node_;
    uint64_t position_ { 0 }; // under the node's lock
};

class EphemeralDirectory final : public ListedDirectory {
public:
    EphemeralDirectory(Ref<EphemeralNode> node, uint32_t flags) : ListedDirectory(flags), node_(std::move(node)) { }

    Result<struct stat> status() override;
    Result<struct statfs> file_system_status() override;
    Result<> change_mode(uint32_t mode) override;

protected:
    Result<> list(DirectoryEntries& entries) override;

private:
    Ref<EphemeralNode> node_;
};

struct statfs ephemeral_file_system_status();

} // namespace farl
