// Making and opening a VolumeStore: the last checkpoint, and the commits after it that are whole.
#include "enclave/fs/volume/volume_store.h"

namespace farl {

using namespace formats;

// A block of the journal that can only have been written by us, in its order.
struct VolumeStore::Found {
    uint32_t slot;
    JournalHeader header;
    AesGcm::Tag tag;
};

namespace {

Result<Owned<Superblock>> read_superblock(VolumeDevice& device, uint32_t slot)
{
    auto superblock = TRY(make_owned<Superblock>());
    TRY(device.read_one(slot, std::as_writable_bytes(std::span<Superblock, 1>(superblock.get(), 1))));
    return superblock;
}

// The newer of the two that can be opened.
Result<Checkpoint> last_checkpoint(VolumeDevice& device, VolumeCipher const& cipher)
{
    Result<Checkpoint> best = Errno::Ebadmsg;
    for (uint32_t slot = 0; slot < kSuperblockCount; ++slot) {
        auto superblock = read_superblock(device, slot);
        if (superblock.is_error())
            continue;
        auto checkpoint = cipher.open(*superblock.value());
        if (checkpoint && (!best || best.value().number < checkpoint.value().number))
            best = checkpoint.value();
    }
    return best;
}

Result<Owned<JournalBlock>> read_journal(VolumeIo& io, uint32_t slot, AesGcm::Tag const& previous)
{
    auto block = TRY(make_owned<JournalBlock>());
    TRY(io.device().read_one(slot, std::as_writable_bytes(std::span<JournalBlock, 1>(block.get(), 1))));
    TRY(io.cipher().open(previous, *block));
    return block;
}

AesGcm::Tag tag_of(std::byte const (&bytes)[16])
{
    AesGcm::Tag tag;
    memcpy(tag.data(), bytes, tag.size());
    return tag;
}

template <typename Record>
Result<Record> next_record(std::span<std::byte const>& records)
{
    if (records.size() < sizeof(Record))
        return Errno::Ebadmsg;
    Record record;
    memcpy(&record, records.data(), sizeof(record));
    records = records.subspan(sizeof(record));
    return record;
}

Result<JournalKind> next_kind(std::span<std::byte const> records) { return next_record<JournalKind>(records); }

} // namespace

Result<VolumeId> VolumeStore::id_of(VolumeDevice& device)
{
    for (uint32_t slot = 0; slot < kSuperblockCount; ++slot) {
        auto superblock = read_superblock(device, slot);
        if (superblock.is_error() || superblock.value()->magic != kVolumeMagic)
            continue;
        if (superblock.value()->version != kVolumeVersion)
            return Errno::Einval;
        return tag_of(superblock.value()->id);
    }
    return Errno::Enoent;
}

Result<Owned<VolumeStore>> VolumeStore::create(
    VolumeDevice& device, Owned<VolumeCipher> cipher, BlockCache& cache, Checkpoint const& last)
{
    auto* created = new (std::nothrow) VolumeStore(device, std::move(cipher), TRY(SlotMap::create()), cache, last);
    if (!created)
        return Errno::Enomem;
    return Owned<VolumeStore>(created);
}

Result<> VolumeStore::format(VolumeDevice& device, VolumeKey const& key, VolumeId const& id)
{
    auto cache = TRY(BlockCache::create(0));
    auto cipher = TRY(VolumeCipher::create(key, id));
    auto store = TRY(create(device, std::move(cipher), *cache, { .inode_count = kFirstFreeInode }));
    auto journal_slot = TRY(store->slots_.allocate());
    store->journal_ = TRY(make_owned<CommitJournal>(store->io_, VolumeState {}, journal_slot));
    for (auto number : { kRootInode, kOrphansInode }) {
        auto* inode = TRY(store->find(number));
        inode->value.mode = 0040000 | (number == kRootInode ? 0755 : 0700);
        inode->value.links = 2;
        TRY(store->note_change(*inode, false));
    }
    return store->write_checkpoint();
}

Result<Owned<VolumeStore>> VolumeStore::open(
    VolumeDevice& device, VolumeKey const& key, VolumeId const& id, VolumeState const& newest, BlockCache& cache)
{
    auto cipher = TRY(VolumeCipher::create(key, id));
    auto last = TRY(last_checkpoint(device, *cipher));
    auto store = TRY(create(device, std::move(cipher), cache, last));
    TRY(store->read_slots());
    TRY(store->slots_.claim(last.journal_slot));
    VolumeState state { last.sequence, tag_of(last.chain) };
    store->journal_ = TRY(make_owned<CommitJournal>(store->io_, state, last.journal_slot));
    TRY(store->replay(newest));
    return store;
}

Result<> VolumeStore::read_slots()
{
    for (uint64_t index = 0; index < last_.slot_blocks; ++index) {
        if (auto block = TRY(slot_table_.read(io_, index)))
            TRY(slots_.read_block(index, block->bytes()));
    }
    return slot_table_.claim_slots(io_);
}

// Whole commits only: the last block of the last one is the last of the list.
Result<Vector<VolumeStore::Found>> VolumeStore::find_commits()
{
    Vector<Found> blocks;
    size_t whole = 0;
    auto slot = journal_->next_slot();
    auto state = journal_->state();
    bool begins = true;
    for (;;) {
        auto block = read_journal(io_, slot, state.tag);
        if (block.is_error() && block.error() != Errno::Ebadmsg && block.error() != Errno::Eio)
            return block.error();
        if (block.is_error())
            break;
        auto const& header = block.value()->sealed.header;
        if (header.sequence != state.sequence + begins || header.size > kJournalRoom)
            return Errno::Ebadmsg;
        state = { header.sequence, tag_of(block.value()->tag) };
        TRY(blocks.push({ slot, header, state.tag }));
        slot = header.next_slot;
        begins = header.is_last;
        whole = begins ? blocks.size() : whole;
    }
    blocks.truncate(whole);
    return blocks;
}

// Commits that were known to be durable must be there with all they tell of. Of later ones the contents may be missing:
// they were never acknowledged, and end the journal.
Result<> VolumeStore::replay(VolumeState const& newest)
{
    auto blocks = TRY(find_commits());
    auto durable = blocks.is_empty() ? state().sequence : blocks.last().header.durable;
    bool has_newest =
        newest.sequence <= state().sequence && (newest.sequence < state().sequence || newest.tag == state().tag);
    has_newest |= newest.sequence == 0;
    for (size_t first = 0; first < blocks.size();) {
        auto end = first;
        while (!blocks[end++].header.is_last) { }
        Vector<std::byte> records;
        auto previous = state().tag;
        for (auto i = first; i < end; ++i) {
            auto block = TRY(read_journal(io_, blocks[i].slot, previous));
            TRY(records.append(std::span(block->sealed.records).first(blocks[i].header.size)));
            previous = blocks[i].tag;
        }
        if (blocks[first].header.sequence > durable && check_contents(records.span()).is_error())
            break;
        for (; first < end; ++first)
            TRY(journal_->adopt(blocks[first].header, blocks[first].tag));
        numbers_ = { blocks[end - 1].header.inode_count, blocks[end - 1].header.free_inode };
        TRY(apply(records.span()));
        has_newest |= newest == state();
    }
    return has_newest ? Result<> {} : Errno::Estale;
}

Result<> VolumeStore::check_contents(std::span<std::byte const> records)
{
    while (!records.empty()) {
        switch (TRY(next_kind(records))) {
        case JournalKind::Block: {
            auto mapped = TRY(next_record<MappedBlock>(records));
            if (!mapped.seal.is_hole())
                TRY(io_.read_stored({ mapped.file, 0, mapped.index }, mapped.seal));
            break;
        }
        case JournalKind::Truncate:
            TRY(next_record<TruncatedFile>(records));
            break;
        case JournalKind::Inode:
            TRY(next_record<ChangedInode>(records));
            break;
        default:
            return Errno::Ebadmsg;
        }
    }
    return {};
}

Result<> VolumeStore::apply(std::span<std::byte const> records)
{
    while (!records.empty()) {
        switch (TRY(next_kind(records))) {
        case JournalKind::Block: {
            auto mapped = TRY(next_record<MappedBlock>(records));
            auto* inode = TRY(find(mapped.file));
            TRY(note_change(*inode, false));
            TRY(inode->blocks.map(io_, mapped.index, mapped.seal));
            if (!mapped.seal.is_hole())
                TRY(io_.count_seal());
            break;
        }
        case JournalKind::Truncate: {
            auto truncated = TRY(next_record<TruncatedFile>(records));
            auto* inode = TRY(find(truncated.file));
            TRY(note_change(*inode, false));
            TRY(inode->blocks.truncate(io_, truncated.block_count));
            break;
        }
        case JournalKind::Inode: {
            auto changed = TRY(next_record<ChangedInode>(records));
            auto* inode = TRY(find(changed.number));
            TRY(note_change(*inode, false));
            inode->value = changed.inode;
            break;
        }
        default:
            return Errno::Ebadmsg;
        }
    }
    return {};
}

} // namespace farl
