// Making the changes of a VolumeStore durable.
#include "enclave/crypto/vector_scope.h"
#include "enclave/fs/volume/volume_store.h"

namespace farl {

using namespace formats;

namespace {

// Nobody has to be told: the checkpoint leads to it.
struct NoMapping final : BlockMapping {
    Result<> mapped(uint64_t, uint64_t, BlockSeal const&) override { return {}; }
};

} // namespace

Result<VolumeState> VolumeStore::commit()
{
    if (!TRY(begin_commit()))
        return state();
    return end_commit(sync_device());
}

Result<bool> VolumeStore::begin_commit()
{
    TRY(flush());
    is_broken_ = true; // unless all of it succeeds
    TRY(record_changes());
    bool is_needed = !journal_->is_empty();
    if (is_needed)
        TRY(journal_->write(numbers_));
    is_broken_ = false;
    return is_needed;
}

Result<VolumeState> VolumeStore::end_commit(Result<> const& synchronised)
{
    is_broken_ |= synchronised.is_error();
    if (is_broken_)
        return Errno::Eio;
    journal_->note_durable();
    return state();
}

// A host that has no room may have some later. After any other error nobody knows what it has kept.
Result<> VolumeStore::note_flushed(Result<> flushed)
{
    is_broken_ = flushed.is_error() && flushed.error() != Errno::Enospc;
    return flushed;
}

Result<> VolumeStore::flush() { return is_broken_ ? Errno::Eio : note_flushed(flush_contents()); }

Result<> VolumeStore::flush_stream(uint64_t number, Keeping keeping)
{
    auto* inode = TRY(existing(number));
    return is_broken_ ? Errno::Eio : note_flushed(flush_contents(*inode, keeping));
}

Result<> VolumeStore::flush_contents()
{
    VectorScope vectors; // once for all blocks
    for (auto* inode : changed_)
        TRY(inode->blocks.flush_contents(io_, *journal_));
    return io_.write_out();
}

Result<> VolumeStore::flush_contents(Inode& inode, Keeping keeping)
{
    VectorScope vectors;
    TRY(inode.blocks.flush_contents(io_, *journal_, keeping));
    return io_.write_out();
}

bool VolumeStore::wants_checkpoint() const
{
    constexpr uint64_t kLongJournal = 4 << 20, kManyOld = 16'384;
    auto const table = slots_.block_count() * kVolumeSlotSize;
    auto const many_old = used_slots() / 4 > kManyOld ? used_slots() / 4 : kManyOld;
    return journal_size() > kLongJournal + 4 * table || slots_.waiting_count() > many_old;
}

bool VolumeStore::is_overdue() const
{
    constexpr uint64_t kManyRecords = 4 << 20; // bytes of memory
    return wants_checkpoint() || journal_->waiting_size() > kManyRecords;
}

Result<> VolumeStore::record_changes()
{
    for (auto* inode : changed_) {
        if (!inode->is_recorded)
            TRY(journal_->changed(inode->number, inode->value));
        inode->is_recorded = true;
        inode->is_changed = false;
    }
    changed_.clear();
    return {};
}

Result<> VolumeStore::checkpoint()
{
    TRY(commit());
    is_broken_ = true;
    TRY(write_checkpoint());
    is_broken_ = false;
    return {};
}

Result<> VolumeStore::write_checkpoint()
{
    TRY(store_inodes());
    TRY(store_slots());
    last_.sequence = state().sequence;
    memcpy(last_.chain, state().tag.data(), sizeof(last_.chain));
    last_.inode_count = numbers_.count;
    last_.free_inode = numbers_.free;
    last_.inodes = inode_table_.root();
    last_.slots = slot_table_.root();
    auto released = slots_.waiting_count();
    TRY(io_.write_out());
    TRY(io_.device().sync());
    TRY(write_superblock());
    slots_.release_waiting(released);
    return {};
}

Result<> VolumeStore::store_inodes()
{
    for (auto* inode : unstored_)
        TRY(store_inode(*inode));
    NoMapping nobody;
    TRY(inode_table_.flush_contents(io_, nobody));
    TRY(inode_table_.flush_nodes(io_));
    for (auto* inode : unstored_)
        forget_inode(inode->number); // nobody may use it any more
    unstored_.clear();
    return {};
}

Result<> VolumeStore::store_inode(Inode& inode)
{
    TRY(inode.blocks.flush_nodes(io_));
    inode.value.root = inode.blocks.root();
    inode.is_stored = true;
    auto block = TRY(inode_table_.change(io_, inode.number / kInodesInBlock));
    memcpy(block.data() + inode.number % kInodesInBlock * sizeof(VolumeInode), &inode.value, sizeof(VolumeInode));
    return {};
}

// Written anew each time. It does not tell of its own slots, nor of the journal's: who reads them finds out.
Result<> VolumeStore::store_slots()
{
    TRY(slot_table_.truncate(io_, 0));
    TRY(journal_->give_up_slots());
    auto waiting = slots_.waiting_count();
    last_.slot_blocks = slots_.block_count();
    for (uint64_t block = 0; block < last_.slot_blocks; ++block)
        slots_.write_block(block, waiting, TRY(slot_table_.change(io_, block)));
    NoMapping nobody;
    TRY(slot_table_.flush_contents(io_, nobody));
    TRY(slot_table_.flush_nodes(io_));
    last_.journal_slot = TRY(journal_->begin());
    return {};
}

Result<> VolumeStore::write_superblock()
{
    TRY(io_.count_seal());
    ++last_.number;
    last_.seals = io_.seals();
    auto superblock = TRY(make_owned<Superblock>(TRY(io_.cipher().seal(last_))));
    auto slot = static_cast<uint32_t>(last_.number % kSuperblockCount);
    TRY(io_.device().write(slot, std::as_bytes(std::span(superblock.get(), 1))));
    return io_.device().sync();
}

} // namespace farl
