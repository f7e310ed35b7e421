// BlockTree: the blocks of one file of a volume, found by a tree of seals with 128 branches. What was written waits in
// memory until it is flushed: contents at a commit, which tells the journal where they went; nodes at a checkpoint.
// Not locked: its store is.
#pragma once

#include "base/owned.h"
#include "enclave/fs/volume/volume_io.h"

namespace farl {

// Told of each block of contents that was given a place.
class BlockMapping {
public:
    virtual ~BlockMapping() = default;
    virtual Result<> mapped(uint64_t file, uint64_t index, formats::BlockSeal const& seal) = 0;
};

class BlockTree {
public:
    BlockTree(uint64_t file, formats::BlockRoot const& root) : file_(file), root_(root) { }

    // Null where nothing was written: zeros. Valid until the next change of the tree. `wanted`: so many blocks from
    // this one on are going to be read; `ahead` as VolumeIo::read_ahead() says. ENOMEM, EIO, EBADMSG.
    Result<Ref<CachedBlock>> read(VolumeIo& io, uint64_t index, uint64_t wanted = 1, BlocksAhead* ahead = nullptr);
    // Of what waits to be written, or a copy that does from now on: to be changed in place, until the next flush. The
    // same errors, and EFBIG.
    Result<SlotBytes> change(VolumeIo& io, uint64_t index);
    // The whole block at once. Nobody else may change it any more.
    Result<> put(VolumeIo& io, uint64_t index, Ref<CachedBlock> block);
    Result<> make_hole(VolumeIo& io, uint64_t index);
    // The blocks from this one on become holes.
    Result<> truncate(VolumeIo& io, uint64_t block_count);
    // The first from this one on that is a hole, or is none. kMostVolumeBlocks: there is no such block.
    Result<uint64_t> find(VolumeIo& io, uint64_t from, bool is_hole);
    // What a journal says: the block is where the seal says, or a hole.
    Result<> map(VolumeIo& io, uint64_t index, formats::BlockSeal const& seal);

    // Tells the map of all slots that the tree is in. EBADMSG if one is used twice.
    Result<> claim_slots(VolumeIo& io) { return claim_below(io, root_.seal, root_.height, 0); }

    bool has_unwritten() const { return has_unwritten_; }
    bool is_dirty() const { return is_dirty_; }
    Result<> flush_contents(VolumeIo& io, BlockMapping& mapping, Keeping keeping = Keeping::Cached);
    // Contents first; afterwards root() leads to all of it, and nothing is in memory.
    Result<> flush_nodes(VolumeIo& io);
    formats::BlockRoot const& root() const { return root_; }

private:
    // A node that has changed, or at level 0 contents that are not written yet.
    struct Page {
        Ref<CachedBlock> block;
        bool has_unwritten { false };    // contents somewhere below
        Vector<Owned<Page>> children {}; // of a node: one for each seal; null if it has not changed
    };
    // Where a page hangs: its seal, and its place in memory.
    struct Branch {
        formats::BlockSeal* seal;
        Owned<Page>* page;
    };

    static constexpr unsigned kBits = 7;
    static_assert(1u << kBits == formats::kVolumeFanOut);

    static formats::BlockSeal* seals_of(CachedBlock& node)
    {
        return reinterpret_cast<formats::BlockSeal*>(node.bytes().data());
    }
    static Branch branch(Page& node, uint64_t index);

    struct Found;
    static bool is_used(Branch branch) { return *branch.page || !branch.seal->is_hole(); }
    // Contents are going to be there, or to be others.
    void note_change(VolumeIo& io, Branch branch, uint64_t index);

    uint64_t capacity() const { return 1ull << kBits * root_.height; }
    Branch top() { return { &root_.seal, &top_ }; }
    Result<> grow(VolumeIo& io, uint64_t index);
    // In memory afterwards, a copy of what is stored.
    Result<Page*> bring_in(VolumeIo& io, Branch branch, uint32_t level, uint64_t index);
    Result<Branch> leaf(VolumeIo& io, uint64_t index, bool is_contents);
    struct Flush {
        VolumeIo& io;
        BlockMapping& mapping;
        Keeping keeping;
    };
    Result<> flush_contents_below(Flush const& flush, Branch branch, uint32_t level, uint64_t index);
    Result<> flush_node(VolumeIo& io, Branch branch, uint32_t level, uint64_t index);
    Result<uint64_t> find_below(VolumeIo& io, Found const& node, uint64_t from, bool is_hole);
    Result<> claim_below(VolumeIo& io, formats::BlockSeal const& seal, uint32_t level, uint64_t index);
    Result<> release_all(VolumeIo& io, Branch branch, uint32_t level, uint64_t index);
    Result<> release_from(VolumeIo& io, Branch branch, uint32_t level, uint64_t index, uint64_t block_count);

    uint64_t file_;
    formats::BlockRoot root_;
    Owned<Page> top_;
    bool has_unwritten_ { false };
    bool is_dirty_ { false };
};

} // namespace farl
