// VolumeStore: inodes and their blocks, on slots that the host keeps. Changes wait in memory until commit(), which
// makes all of them durable at once: after a crash the volume is as some commit left it, at least the last one that
// returned. checkpoint() does not change what is there, and lets the journal begin anew. What a directory's blocks mean
// is not known here. Not locked: one caller at a time.
#pragma once

#include "enclave/fs/volume/commit_journal.h"

namespace farl {

class VolumeStore {
public:
    // An empty volume with a root directory; what was on the device is lost.
    static Result<> format(VolumeDevice& device, VolumeKey const& key, VolumeId const& id);
    // ENOENT: there is no volume. EBADMSG: it is damaged, another one, or its key is. ESTALE: it is older than
    // `newest`, or has gone another way since: a copy from before was put in its place. The device must outlive the
    // store.
    static Result<Owned<VolumeStore>> open(
        VolumeDevice& device, VolumeKey const& key, VolumeId const& id, VolumeState const& newest, BlockCache& cache);
    // Of the volume on a device, without its key. ENOENT, EINVAL: it is none.
    static Result<VolumeId> id_of(VolumeDevice& device);

    // ENOENT if there is no such inode.
    Result<formats::VolumeInode> inode(uint64_t number);
    Result<> set_inode(uint64_t number, formats::VolumeInode const& inode);
    // The root of `inode` does not matter: it has no blocks.
    Result<uint64_t> create_inode(formats::VolumeInode const& inode);
    // Of one that has not changed since the last checkpoint, nothing stays in memory.
    void forget_inode(uint64_t number);
    // With all its blocks.
    Result<> remove_inode(uint64_t number);

    // Null where nothing was written: zeros. Valid until the next change. `wanted`: so many blocks from this one on are
    // going to be read; with `ahead` those behind it go there, and none into the cache. EIO, EBADMSG: the host has not
    // kept it.
    Result<Ref<CachedBlock>> read(uint64_t number, uint64_t index, uint64_t wanted = 1, BlocksAhead* ahead = nullptr);
    // Null unless it was used lately, and has not changed since; without the lock that guards all else.
    Ref<CachedBlock> read_cached(uint64_t number, uint64_t index) { return io_.find_cached(number, index); }
    // The block, to be changed in place before the next call of anything. The same errors, and EFBIG.
    Result<SlotBytes> change_block(uint64_t number, uint64_t index);
    // The whole block at once; it belongs to the store from now on.
    Result<> put_block(uint64_t number, uint64_t index, Ref<CachedBlock> block);
    Result<> make_hole(uint64_t number, uint64_t index);
    Result<> truncate(uint64_t number, uint64_t block_count);
    Result<> set_size(uint64_t number, uint64_t size);
    // The first block from this one on that is a hole, or is none. formats::kMostVolumeBlocks: there is no such block.
    Result<uint64_t> find_block(uint64_t number, uint64_t from, bool is_hole);
    Result<uint64_t> block_count(uint64_t number); // that are no holes

    // The state after it. After an error of the host nothing can be written any more: EIO.
    Result<VolumeState> commit();
    // The same in two steps. Between them the device has to be synchronised, and the volume may be read and changed.
    // False: nothing has changed.
    Result<bool> begin_commit();
    Result<> sync_device() { return io_.device().sync(); }
    Result<VolumeState> end_commit(Result<> const& synchronised);
    // With a commit.
    Result<> checkpoint();
    // Contents leave memory, though the next commit is still what makes them count. ENOSPC: some may have stayed.
    Result<> flush();
    // The same of one file, which is written from its beginning to its end, as far as it seems.
    Result<> flush_stream(uint64_t number, Keeping keeping);
    uint64_t cached_at_most() const { return io_.cached_at_most(); } // blocks
    uint64_t waiting_blocks() const { return io_.waiting_contents(); }
    VolumeState const& state() const { return journal_->state(); }
    // Whether a checkpoint is worth what it costs: to shorten the journal, and to have old slots back.
    bool wants_checkpoint() const;
    // Whether it is time for a commit, though nobody has asked for one.
    bool is_overdue() const;
    uint64_t journal_size() const { return journal_->size(); }
    size_t inodes_in_memory() const;
    uint64_t seals() const { return io_.seals(); } // that the key has made
    uint64_t used_slots() const { return slots_.used_count(); }

private:
    struct Inode {
        Inode(uint64_t number, formats::VolumeInode const& value)
            : number(number),
              value(value),
              blocks(number, value.root)
        {
        }
        uint64_t number;
        formats::VolumeInode value;
        BlockTree blocks;
        bool is_changed { false }; // since the last commit
        bool is_recorded { true }; // its value, in the journal or the checkpoint
        bool is_stored { true };   // all of it, in the checkpoint
    };

    VolumeStore(VolumeDevice& device, Owned<VolumeCipher> cipher, SlotMap slots, BlockCache& cache,
        formats::Checkpoint const& last)
        : cipher_(std::move(cipher)),
          slots_(std::move(slots)),
          io_(device, *cipher_, slots_, cache, last.seals),
          last_(last),
          numbers_ { last.inode_count, last.free_inode },
          inode_table_(formats::kInodeTable, last.inodes),
          slot_table_(formats::kSlotTable, last.slots)
    {
    }
    static Result<Owned<VolumeStore>> create(
        VolumeDevice& device, Owned<VolumeCipher> cipher, BlockCache& cache, formats::Checkpoint const& last);

    Result<Inode*> find(uint64_t number);
    Result<Inode*> existing(uint64_t number);
    Result<Inode*> place_of_new();
    Result<> note_change(Inode& inode, bool of_value);

    // volume_checkpoint.cpp
    Result<> record_changes();
    Result<> flush_contents();
    Result<> flush_contents(Inode& inode, Keeping keeping);
    Result<> note_flushed(Result<> flushed);
    Result<> store_inodes();
    Result<> store_inode(Inode& inode);
    Result<> store_slots();
    Result<> write_superblock();
    Result<> write_checkpoint();

    // volume_recovery.cpp
    struct Found;
    Result<> read_slots();
    Result<Vector<Found>> find_commits();
    Result<> replay(VolumeState const& newest);
    Result<> check_contents(std::span<std::byte const> records);
    Result<> apply(std::span<std::byte const> records);

    Owned<VolumeCipher> cipher_;
    SlotMap slots_;
    VolumeIo io_;
    formats::Checkpoint last_;
    InodeNumbers numbers_;
    BlockTree inode_table_;
    BlockTree slot_table_;
    Owned<CommitJournal> journal_;
    Vector<Owned<Inode>> inodes_; // by number; null: not in memory
    Vector<Inode*> changed_;      // since the last commit
    Vector<Inode*> unstored_;     // since the last checkpoint
    bool is_broken_ { false };    // the host failed to write: what is durable is not known
};

} // namespace farl
