// Open files, directories and FIFOs in enclave memory: of an TreeFileSystem, and memfd_create(2).
#pragma once

#include "enclave/fs/tree/tree_object.h"
#include "enclave/vfs/pipe.h"

namespace farl {

class TreeFileSystem;

class TreeFile final : public TreeObject<File> {
public:
    // Of a node whose contents were provided, if it is going to be read or written.
    TreeFile(Ref<TreeNode> node, uint32_t flags) : TreeObject(std::move(node), flags) { }

    Result<size_t> read(Sink const& sink) override;
    Result<size_t> write(Source const& source) override;
    Result<size_t> read_at(uint64_t offset, Sink const& sink) override;
    Result<size_t> write_at(uint64_t offset, Source const& source) override;
    bool has_positions() const override { return true; }
    Result<size_t> append(Source const& source, bool moves_position) override;
    Result<uint64_t> seek(int64_t offset, int whence) override;
    Result<uint64_t> control(uint64_t request, uint64_t argument) override;
    Result<> truncate(uint64_t size) override;
    Result<> allocate(int mode, uint64_t offset, uint64_t size) override;
    Result<> sync(bool) override { return node_->sync(); }
    Result<> sync_range(uint64_t, uint64_t, uint32_t) override { return {}; }
    Result<> lock_record(int command, struct flock& lock) override;
    Result<uint64_t> seals() override;
    Result<> add_seals(uint32_t seals) override;
    Result<Ref<MappedObject>> mapping() override;
    ObjectKey object_key() const override { return node_->key(); }
    Result<Ref<File>> reopen(uint32_t flags) override;
    Result<String> current_path() override;

private:
    Result<size_t> write_locked(uint64_t offset, Source const& source);
    Result<size_t> finish_write(size_t count);

    uint64_t position_ { 0 }; // under the node's lock
};

class TreeDirectory final : public TreeObject<ListedDirectory> {
public:
    TreeDirectory(TreeFileSystem& tree, Ref<TreeNode> node, uint32_t flags)
        : TreeObject(std::move(node), flags),
          tree_(tree)
    {
    }

    Result<String> current_path() override;
    Result<> sync(bool) override { return node_->sync(); }

protected:
    Result<> list(DirectoryEntries& entries) override;

private:
    TreeFileSystem& tree_;
};

// An end of a FIFO, or both.
class TreeFifo final : public TreeObject<PipeEnd> {
public:
    TreeFifo(Ref<TreeNode> node, Ref<PipeQueue> queue, uint32_t flags)
        : TreeObject(std::move(node), std::move(queue), flags)
    {
    }

    Result<> finish_opening() override { return wait_for_others(); }
};

} // namespace farl
