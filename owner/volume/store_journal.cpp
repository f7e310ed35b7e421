#include "owner/volume/store_journal.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace farl::owner {

using namespace formats;

namespace {

StoreTag tag_from(std::byte const (&bytes)[16])
{
    StoreTag tag;
    std::memcpy(tag.data(), bytes, tag.size());
    return tag;
}

struct Commit {
    JournalHeader header; // of its last block
    StoreTag tag {};
    std::vector<std::byte> records;
    std::vector<uint32_t> slots;
};

class JournalReader {
public:
    JournalReader(StoreFile const& file, VolumeSeals const& seals, Checkpoint const& checkpoint)
        : file_(file),
          seals_(seals)
    {
        journal_.states.push_back({ checkpoint.sequence, tag_from(checkpoint.chain) });
        journal_.inode_count = checkpoint.inode_count;
        journal_.free_inode = checkpoint.free_inode;
        journal_.slots.push_back(checkpoint.journal_slot);
    }

    StoreJournal read()
    {
        auto const commits = find_commits();
        auto const durable = commits.empty() ? journal_.state().sequence : commits.back().header.durable;
        for (auto const& commit : commits) {
            if (commit.header.sequence > durable && !has_contents(commit))
                break;
            adopt(commit);
        }
        journal_.unfinished_blocks += found_ + 1 - journal_.slots.size();
        return std::move(journal_);
    }

private:
    std::vector<Commit> find_commits()
    {
        std::vector<Commit> commits;
        Commit open;
        auto slot = journal_.slots.front();
        auto state = journal_.state();
        while (auto const block = read_block(slot, state.tag)) {
            auto const& header = block->header;
            bool const begins = open.slots.empty();
            if (header.sequence != state.sequence + begins || header.size > kJournalRoom)
                throw StoreDamage(fmt::format("the journal makes no sense in slot {}", slot));
            state = { header.sequence, last_tag_ };
            open.slots.push_back(slot);
            open.records.insert(open.records.end(), block->records, block->records + header.size);
            slot = header.next_slot;
            ++found_;
            if (!header.is_last)
                continue;
            open.header = header;
            open.tag = state.tag;
            commits.push_back(std::exchange(open, {}));
        }
        return commits;
    }

    std::optional<JournalBlock::Sealed> read_block(uint32_t slot, StoreTag const& previous)
    {
        auto const stored = file_.read(slot);
        std::memcpy(last_tag_.data(), stored.data() + offsetof(JournalBlock, tag), last_tag_.size());
        return seals_.open(previous, stored);
    }

    template <typename Record>
    static Record next(std::span<std::byte const>& records)
    {
        Record record;
        if (records.size() < sizeof(record))
            throw StoreDamage("the journal has a record that is cut short");
        std::memcpy(static_cast<void*>(&record), records.data(), sizeof(record));
        records = records.subspan(sizeof(record));
        return record;
    }

    template <typename Visit>
    static void for_each_record(std::span<std::byte const> records, Visit visit)
    {
        while (!records.empty()) {
            auto peek = records;
            switch (next<JournalKind>(peek)) {
            case JournalKind::Block:
                visit(next<MappedBlock>(records));
                break;
            case JournalKind::Truncate:
                visit(next<TruncatedFile>(records));
                break;
            case JournalKind::Inode:
                visit(next<ChangedInode>(records));
                break;
            default:
                throw StoreDamage("the journal has a record of an unknown kind");
            }
        }
    }

    bool has_contents(Commit const& commit) const
    {
        bool has_all = true;
        for_each_record(commit.records, [&](auto const& record) {
            if constexpr (requires { record.seal; }) {
                BlockPlace const place { record.file, 0, record.index };
                has_all &= record.seal.is_hole() || seals_.open(place, record.seal, file_.read(record.seal.slot));
            }
        });
        return has_all;
    }

    void adopt(Commit const& commit)
    {
        for_each_record(commit.records, [this](auto const& record) { apply(record); });
        journal_.slots.insert(journal_.slots.end() - 1, commit.slots.begin(), commit.slots.end());
        journal_.slots.back() = commit.header.next_slot;
        journal_.states.push_back({ commit.header.sequence, commit.tag });
        journal_.inode_count = commit.header.inode_count;
        journal_.free_inode = commit.header.free_inode;
    }

    void apply(MappedBlock const& mapped)
    {
        if (mapped.index >= kMostVolumeBlocks)
            throw StoreDamage(fmt::format("the journal has a block of inode {} that no file can have", mapped.file));
        journal_.inodes[mapped.file].blocks[mapped.index] = mapped.seal;
        if (!mapped.seal.is_hole())
            journal_.mapped.push_back(mapped);
    }
    void apply(TruncatedFile const& truncated)
    {
        auto& changes = journal_.inodes[truncated.file];
        changes.blocks.erase(changes.blocks.lower_bound(truncated.block_count), changes.blocks.end());
        changes.kept = std::min(changes.kept, truncated.block_count);
    }
    void apply(ChangedInode const& changed) { journal_.inodes[changed.number].value = changed.inode; }

    StoreFile const& file_;
    VolumeSeals const& seals_;
    StoreJournal journal_;
    StoreTag last_tag_ {}; // of the block that was read last
    size_t found_ { 0 };   // blocks in the chain
};

} // namespace

StoreJournal read_journal(StoreFile const& file, VolumeSeals const& seals, Checkpoint const& checkpoint)
{
    return JournalReader(file, seals, checkpoint).read();
}

} // namespace farl::owner
