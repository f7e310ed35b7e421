#include "enclave/fs/volume/block_tree.h"

namespace farl {

using namespace formats;

BlockTree::Branch BlockTree::branch(Page& node, uint64_t index)
{
    auto at = index % kVolumeFanOut;
    return { seals_of(*node.block) + at, &node.children[at] };
}

Result<BlockTree::Page*> BlockTree::bring_in(VolumeIo& io, Branch branch, uint32_t level, uint64_t index)
{
    if (*branch.page)
        return branch.page->get();
    auto page = TRY(make_owned<Page>());
    if (level > 0)
        TRY(page->children.resize(kVolumeFanOut));
    page->block = TRY(branch.seal->is_hole() ? CachedBlock::create() : io.take({ file_, level, index }, *branch.seal));
    *branch.page = std::move(page);
    return branch.page->get();
}

// A new top above the old one, as often as it takes. An empty tree has no node yet.
Result<> BlockTree::grow(VolumeIo& io, uint64_t index)
{
    if (index >= kMostVolumeBlocks)
        return Errno::Efbig;
    while (index >= capacity()) {
        bool is_empty = root_.seal.is_hole() && !top_;
        BlockRoot above { .seal = {}, .height = root_.height + 1, .block_count = root_.block_count };
        if (!is_empty) {
            Owned<Page> page;
            auto* node = TRY(bring_in(io, { &above.seal, &page }, above.height, 0));
            auto first = branch(*node, 0);
            *first.seal = root_.seal;
            node->has_unwritten = top_ && (top_->has_unwritten || root_.height == 0);
            *first.page = std::move(top_);
            top_ = std::move(page);
            is_dirty_ = true;
        }
        root_ = above;
    }
    return {};
}

// Where the block hangs, its nodes in memory as what has changed.
Result<BlockTree::Branch> BlockTree::leaf(VolumeIo& io, uint64_t index, bool is_contents)
{
    TRY(grow(io, index));
    is_dirty_ = true;
    has_unwritten_ |= is_contents;
    auto branch = top();
    for (auto level = root_.height; level > 0; --level) {
        auto* node = TRY(bring_in(io, branch, level, index >> kBits * level));
        node->has_unwritten |= is_contents;
        branch = BlockTree::branch(*node, index >> kBits * (level - 1));
    }
    return branch;
}

Result<Ref<CachedBlock>> BlockTree::read(VolumeIo& io, uint64_t index, uint64_t wanted, BlocksAhead* ahead)
{
    if (index >= capacity())
        return Ref<CachedBlock> {};
    auto* page = top_.get();
    auto seal = root_.seal;
    Page const* parent = nullptr;
    Ref<CachedBlock> node; // the last one that was passed
    for (auto level = root_.height; level > 0; --level) {
        auto child = index >> kBits * (level - 1);
        if (page) {
            auto branch = BlockTree::branch(*page, child);
            seal = *branch.seal;
            if (level == 1 && wanted > 1) {
                node = page->block;
                parent = page;
            }
            page = branch.page->get();
            continue;
        }
        if (seal.is_hole())
            return Ref<CachedBlock> {};
        node = TRY(io.read({ file_, level, index >> kBits * level }, seal));
        seal = seals_of(*node)[child % kVolumeFanOut];
    }
    if (page)
        return page->block;
    if (seal.is_hole())
        return Ref<CachedBlock> {};
    if (wanted == 1 || !node)
        return io.read({ file_, 0, index }, seal);
    auto const behind = std::span(seals_of(*node), kVolumeFanOut).subspan(index % kVolumeFanOut);
    size_t count = 1; // what waits to be written is not what is stored
    while (count < wanted && count < behind.size() && !(parent && parent->children[index % kVolumeFanOut + count]))
        ++count;
    return io.read_ahead({ file_, 0, index }, behind.first(count), ahead);
}

Result<SlotBytes> BlockTree::change(VolumeIo& io, uint64_t index)
{
    auto branch = TRY(leaf(io, index, true));
    if (!*branch.page) {
        bool was_used = is_used(branch);
        (void)TRY(bring_in(io, branch, 0, index));
        io.count_waiting(1);
        root_.block_count += !was_used;
        io.forget_cached(file_, index);
    }
    return (*branch.page)->block->bytes();
}

Result<> BlockTree::put(VolumeIo& io, uint64_t index, Ref<CachedBlock> block)
{
    auto branch = TRY(leaf(io, index, true));
    auto page = TRY(make_owned<Page>(std::move(block)));
    note_change(io, branch, index);
    io.count_waiting(*branch.page ? 0 : 1);
    *branch.page = std::move(page);
    return {};
}

void BlockTree::note_change(VolumeIo& io, Branch branch, uint64_t index)
{
    root_.block_count += !is_used(branch);
    io.forget_cached(file_, index);
}

Result<> BlockTree::make_hole(VolumeIo& io, uint64_t index)
{
    if (index >= capacity())
        return {};
    return release_all(io, TRY(leaf(io, index, false)), 0, index);
}

Result<> BlockTree::map(VolumeIo& io, uint64_t index, BlockSeal const& seal)
{
    if (seal.is_hole())
        return make_hole(io, index);
    auto branch = TRY(leaf(io, index, false));
    TRY(io.slots().claim(seal.slot));
    note_change(io, branch, index);
    TRY(io.release(*branch.seal));
    *branch.seal = seal;
    return {};
}

Result<> BlockTree::flush_contents(VolumeIo& io, BlockMapping& mapping, Keeping keeping)
{
    if (!has_unwritten_)
        return {};
    if (top_) // the only block may have become a hole
        TRY(flush_contents_below({ io, mapping, keeping }, top(), root_.height, 0));
    has_unwritten_ = false;
    return {};
}

Result<> BlockTree::flush_contents_below(Flush const& flush, Branch branch, uint32_t level, uint64_t index)
{
    auto& page = **branch.page;
    if (level == 0) {
        auto seal = TRY(flush.io.write({ file_, 0, index }, page.block, flush.keeping));
        TRY(flush.mapping.mapped(file_, index, seal));
        TRY(flush.io.release(*branch.seal));
        *branch.seal = seal;
        *branch.page = nullptr;
        flush.io.count_waiting(-1);
        return {};
    }
    for (uint64_t i = 0; i < kVolumeFanOut; ++i) {
        auto child = BlockTree::branch(page, i);
        if (*child.page && (level == 1 || (*child.page)->has_unwritten))
            TRY(flush_contents_below(flush, child, level - 1, index << kBits | i));
    }
    page.has_unwritten = false;
    return {};
}

Result<> BlockTree::flush_nodes(VolumeIo& io)
{
    ASSERT(!has_unwritten_);
    if (top_)
        TRY(flush_node(io, top(), root_.height, 0));
    is_dirty_ = false;
    return {};
}

Result<> BlockTree::flush_node(VolumeIo& io, Branch branch, uint32_t level, uint64_t index)
{
    auto& page = **branch.page;
    for (uint64_t i = 0; level > 1 && i < kVolumeFanOut; ++i) {
        if (auto child = BlockTree::branch(page, i); *child.page)
            TRY(flush_node(io, child, level - 1, index << kBits | i));
    }
    auto seal = TRY(io.write({ file_, level, index }, page.block));
    TRY(io.release(*branch.seal));
    *branch.seal = seal;
    *branch.page = nullptr;
    return {};
}

Result<> BlockTree::truncate(VolumeIo& io, uint64_t block_count)
{
    if (block_count >= capacity())
        return {};
    if (block_count > 0)
        return release_from(io, top(), root_.height, 0, block_count);
    TRY(release_all(io, top(), root_.height, 0));
    root_ = {};
    has_unwritten_ = false;
    is_dirty_ = true;
    return {};
}

// A node that is looked at, in memory or stored.
struct BlockTree::Found {
    Page* page;
    BlockSeal seal;
    uint32_t level;
    uint64_t index;
};

Result<uint64_t> BlockTree::find(VolumeIo& io, uint64_t from, bool is_hole)
{
    if (from >= capacity())
        return is_hole ? from : kMostVolumeBlocks;
    auto found = TRY(find_below(io, { top_.get(), root_.seal, root_.height, 0 }, from, is_hole));
    return is_hole && found == kMostVolumeBlocks ? capacity() : found;
}

Result<uint64_t> BlockTree::find_below(VolumeIo& io, Found const& node, uint64_t from, bool is_hole)
{
    auto const bits = kBits * node.level;
    auto const first = node.index << bits;
    auto const begin = from > first ? from : first;
    bool is_bare = !node.page && node.seal.is_hole();
    if (is_bare || node.level == 0)
        return is_bare == is_hole ? begin : kMostVolumeBlocks;
    auto block = node.page ? node.page->block : TRY(io.read({ file_, node.level, node.index }, node.seal));
    for (auto i = (begin - first) >> (bits - kBits); i < kVolumeFanOut; ++i) {
        auto* page = node.page ? node.page->children[i].get() : nullptr;
        Found child { page, seals_of(*block)[i], node.level - 1, node.index << kBits | i };
        if (auto found = TRY(find_below(io, child, from, is_hole)); found != kMostVolumeBlocks)
            return found;
    }
    return kMostVolumeBlocks;
}

Result<> BlockTree::claim_below(VolumeIo& io, BlockSeal const& seal, uint32_t level, uint64_t index)
{
    if (seal.is_hole())
        return {};
    TRY(io.slots().claim(seal.slot));
    auto node = level > 0 ? TRY(io.read({ file_, level, index }, seal)) : nullptr;
    for (uint64_t i = 0; node && i < kVolumeFanOut; ++i)
        TRY(claim_below(io, seals_of(*node)[i], level - 1, index << kBits | i));
    return {};
}

Result<> BlockTree::release_all(VolumeIo& io, Branch branch, uint32_t level, uint64_t index)
{
    bool has_children = level > 0 && (*branch.page || !branch.seal->is_hole());
    auto* node = has_children ? TRY(bring_in(io, branch, level, index)) : nullptr;
    for (uint64_t i = 0; node && i < kVolumeFanOut; ++i)
        TRY(release_all(io, BlockTree::branch(*node, i), level - 1, index << kBits | i));
    root_.block_count -= level == 0 && is_used(branch);
    if (level == 0) {
        io.forget_cached(file_, index);
        io.count_waiting(*branch.page ? -1 : 0);
    }
    TRY(io.release(*branch.seal));
    *branch.seal = {};
    *branch.page = nullptr;
    return {};
}

// Of a node that is partly kept.
Result<> BlockTree::release_from(VolumeIo& io, Branch branch, uint32_t level, uint64_t index, uint64_t block_count)
{
    if (level == 0 || (!*branch.page && branch.seal->is_hole()))
        return {};
    auto* node = TRY(bring_in(io, branch, level, index));
    is_dirty_ = true;
    auto bits = kBits * (level - 1);
    for (uint64_t i = 0; i < kVolumeFanOut; ++i) {
        auto child = index << kBits | i;
        if (child << bits >= block_count)
            TRY(release_all(io, BlockTree::branch(*node, i), level - 1, child));
        else if ((child + 1) << bits > block_count)
            TRY(release_from(io, BlockTree::branch(*node, i), level - 1, child, block_count));
    }
    return {};
}

} // namespace farl
