// SealedFile: the contents of one file of a protected image, verified block by block when they are read. Nothing is
// read before it is wanted, so a file of any size opens as fast as a small one. Any number of threads may read.
#pragma once

#include "enclave/fs/shield/block_cache.h"
#include "enclave/fs/shield/block_opener.h"
#include "enclave/fs/shield/stored_file.h"

#include <atomic>

namespace farl {

class SealedFile : public RefCounted<SealedFile> {
public:
    // `name` tells this file apart in the cache; not 0. The cache and `trees` must outlive the file.
    SealedFile(
        formats::FspfNode const& node, uint64_t name, Owned<StoredFile> data, StoredFile& trees, BlockCache& cache)
        : tree_(node.size),
          size_(node.size),
          tree_offset_(node.tree_offset),
          root_(node.root),
          opener_(node),
          name_(name),
          data_(std::move(data)),
          trees_(trees),
          cache_(cache)
    {
    }

    uint64_t size() const { return size_; }
    uint64_t block_count() const { return tree_.block_count(); }

    // EIO, after one line on the log, if the host has changed it. `wanted` is how many blocks from this one on the
    // caller is going to read.
    Result<Ref<CachedBlock>> block(uint64_t index, uint64_t wanted = 1);

private:
    static constexpr uint64_t kMostAtOnce = 8;

    size_t stored_size(uint64_t index, uint64_t count) const;
    Result<Ref<CachedBlock>> fetch(uint64_t index, uint64_t count);
    Result<Ref<CachedBlock>> node(uint32_t level, uint64_t index);
    Result<formats::Seal> seal_of(uint32_t level, uint64_t index);
    Result<Ref<CachedBlock>> opened(
        uint32_t level, uint64_t index, formats::Seal const& seal, std::span<std::byte const> stored);
    Errno refuse(Tampering what, uint32_t level, uint64_t index);

    formats::SealTree tree_;
    uint64_t size_;
    uint64_t tree_offset_;
    formats::Seal root_;
    BlockOpener opener_;
    uint64_t name_;
    Owned<StoredFile> data_;
    StoredFile& trees_;
    BlockCache& cache_;
    std::atomic<uint64_t> next_ { 0 };         // the block after the last one fetched
    std::atomic<uint64_t> reported_ { ~0ull }; // so that a program that tries again does not fill the log
};

} // namespace farl
