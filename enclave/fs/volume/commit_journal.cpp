#include "enclave/fs/volume/commit_journal.h"

namespace farl {

using namespace formats;

namespace {

// Records do not cross blocks: how many bytes of them fit into the next one.
size_t fitting(std::span<std::byte const> records)
{
    size_t size = 0;
    while (size < records.size()) {
        JournalKind kind;
        memcpy(&kind, records.data() + size, sizeof(kind));
        auto next = kind == JournalKind::Block ? sizeof(MappedBlock)
            : kind == JournalKind::Truncate    ? sizeof(TruncatedFile)
                                               : sizeof(ChangedInode);
        if (size + next > kJournalRoom)
            break;
        size += next;
    }
    return size;
}

} // namespace

template <typename Record>
Result<> CommitJournal::add(Record const& record)
{
    return records_.append(std::as_bytes(std::span(&record, 1)));
}

Result<> CommitJournal::mapped(uint64_t file, uint64_t index, BlockSeal const& seal)
{
    return add(MappedBlock { JournalKind::Block, 0, file, index, seal });
}

Result<> CommitJournal::truncated(uint64_t file, uint64_t block_count)
{
    return add(TruncatedFile { JournalKind::Truncate, 0, file, block_count });
}

Result<> CommitJournal::changed(uint64_t number, VolumeInode const& inode)
{
    return add(ChangedInode { JournalKind::Inode, 0, number, inode });
}

Result<> CommitJournal::write(InodeNumbers const& inodes)
{
    ++state_.sequence;
    std::span<std::byte const> rest = records_.span();
    while (!rest.empty()) {
        auto size = fitting(rest);
        TRY(write_block(rest.first(size), inodes, size == rest.size()));
        rest = rest.subspan(size);
    }
    records_.clear();
    return {};
}

Result<> CommitJournal::write_block(std::span<std::byte const> records, InodeNumbers const& inodes, bool is_last)
{
    auto block = TRY(make_owned<JournalBlock>());
    memset(block.get(), 0, sizeof(*block));
    auto next = TRY(io_.slots().allocate());
    block->sealed.header = { .sequence = state_.sequence,
        .durable = durable_,
        .inode_count = inodes.count,
        .free_inode = inodes.free,
        .next_slot = next,
        .size = static_cast<uint16_t>(records.size()),
        .is_last = is_last };
    memcpy(block->sealed.records, records.data(), records.size());
    TRY(io_.count_seal());
    TRY(io_.cipher().seal(state_.tag, *block));
    TRY(slots_.push(next_slot_));
    TRY(io_.device().write(next_slot_, std::as_bytes(std::span(block.get(), 1))));
    memcpy(state_.tag.data(), block->tag, state_.tag.size());
    next_slot_ = next;
    return {};
}

Result<> CommitJournal::give_up_slots()
{
    ASSERT(is_empty());
    for (auto slot : slots_)
        TRY(io_.slots().release_later(slot));
    slots_.clear();
    return io_.slots().release_later(next_slot_);
}

Result<uint32_t> CommitJournal::begin()
{
    next_slot_ = TRY(io_.slots().allocate());
    return next_slot_;
}

Result<> CommitJournal::adopt(JournalHeader const& header, AesGcm::Tag const& tag)
{
    TRY(slots_.push(next_slot_));
    TRY(io_.slots().claim(header.next_slot));
    next_slot_ = header.next_slot;
    state_ = { header.sequence, tag };
    durable_ = header.sequence;
    return io_.count_seal();
}

} // namespace farl
