#include "enclave/fs/volume/volume_store.h"

namespace farl {

using namespace formats;

Result<VolumeStore::Inode*> VolumeStore::find(uint64_t number)
{
    if (number < kRootInode || number >= numbers_.count)
        return Errno::Enoent;
    if (number >= inodes_.size()) {
        TRY(inodes_.reserve_for(number + 1 - inodes_.size()));
        TRY(inodes_.resize(number + 1));
    }
    if (!inodes_[number]) {
        VolumeInode value {};
        if (auto block = TRY(inode_table_.read(io_, number / kInodesInBlock)))
            memcpy(&value, block->bytes().data() + number % kInodesInBlock * sizeof(value), sizeof(value));
        inodes_[number] = TRY(make_owned<Inode>(number, value));
    }
    return inodes_[number].get();
}

Result<VolumeStore::Inode*> VolumeStore::existing(uint64_t number)
{
    auto* found = TRY(find(number));
    return found->value.mode ? Result<Inode*>(found) : Errno::Enoent;
}

// Before it changes.
Result<> VolumeStore::note_change(Inode& inode, bool of_value)
{
    if (is_broken_)
        return Errno::Eio;
    if (!inode.is_changed)
        TRY(changed_.push(&inode));
    inode.is_changed = true;
    if (inode.is_stored)
        TRY(unstored_.push(&inode));
    inode.is_stored = false;
    inode.is_recorded &= !of_value;
    return {};
}

Result<VolumeInode> VolumeStore::inode(uint64_t number) { return TRY(existing(number))->value; }

Result<> VolumeStore::set_inode(uint64_t number, VolumeInode const& inode)
{
    ASSERT(inode.mode);
    auto* changed = TRY(existing(number));
    TRY(note_change(*changed, true));
    changed->value = inode;
    return {};
}

// The last one that was freed, or one more than there are.
Result<VolumeStore::Inode*> VolumeStore::place_of_new()
{
    if (numbers_.free) {
        auto* place = TRY(find(numbers_.free));
        return place->value.mode ? Result<Inode*>(Errno::Ebadmsg) : place;
    }
    ++numbers_.count;
    auto place = find(numbers_.count - 1);
    if (place.is_error())
        --numbers_.count;
    return place;
}

Result<uint64_t> VolumeStore::create_inode(VolumeInode const& inode)
{
    ASSERT(inode.mode);
    if (is_broken_)
        return Errno::Eio;
    auto* place = TRY(place_of_new());
    TRY(note_change(*place, true));
    if (numbers_.free)
        numbers_.free = place->value.size;
    place->value = inode;
    place->value.root = {};
    return place->number;
}

void VolumeStore::forget_inode(uint64_t number)
{
    if (number < inodes_.size() && inodes_[number] && inodes_[number]->is_stored && !inodes_[number]->is_changed)
        inodes_[number] = nullptr;
}

size_t VolumeStore::inodes_in_memory() const
{
    size_t count = 0;
    for (auto const& inode : inodes_)
        count += inode.get() != nullptr;
    return count;
}

Result<> VolumeStore::remove_inode(uint64_t number)
{
    ASSERT(number >= kFirstFreeInode);
    TRY(truncate(number, 0));
    auto* removed = TRY(existing(number));
    TRY(note_change(*removed, true));
    removed->value = {};
    removed->value.size = numbers_.free;
    numbers_.free = number;
    return {};
}

Result<Ref<CachedBlock>> VolumeStore::read(uint64_t number, uint64_t index, uint64_t wanted, BlocksAhead* ahead)
{
    return TRY(existing(number))->blocks.read(io_, index, wanted, ahead);
}

Result<SlotBytes> VolumeStore::change_block(uint64_t number, uint64_t index)
{
    auto* inode = TRY(existing(number));
    TRY(note_change(*inode, false));
    return inode->blocks.change(io_, index);
}

Result<> VolumeStore::put_block(uint64_t number, uint64_t index, Ref<CachedBlock> block)
{
    auto* inode = TRY(existing(number));
    TRY(note_change(*inode, false));
    return inode->blocks.put(io_, index, std::move(block));
}

Result<> VolumeStore::make_hole(uint64_t number, uint64_t index)
{
    auto* inode = TRY(existing(number));
    if (TRY(inode->blocks.find(io_, index, true)) == index)
        return {};
    TRY(note_change(*inode, false));
    TRY(journal_->mapped(number, index, {}));
    return inode->blocks.make_hole(io_, index);
}

Result<> VolumeStore::set_size(uint64_t number, uint64_t size)
{
    auto* inode = TRY(existing(number));
    TRY(note_change(*inode, true));
    inode->value.size = size;
    return {};
}

Result<uint64_t> VolumeStore::find_block(uint64_t number, uint64_t from, bool is_hole)
{
    return TRY(existing(number))->blocks.find(io_, from, is_hole);
}

Result<uint64_t> VolumeStore::block_count(uint64_t number)
{
    return uint64_t { TRY(existing(number))->blocks.root().block_count };
}

// What waited for a place is forgotten where it is cut away: the journal tells of the cut only.
Result<> VolumeStore::truncate(uint64_t number, uint64_t block_count)
{
    auto* inode = TRY(existing(number));
    TRY(note_change(*inode, false));
    TRY(journal_->truncated(number, block_count));
    return inode->blocks.truncate(io_, block_count);
}

} // namespace farl
