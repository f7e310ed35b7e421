#include "owner/volume/store_reader.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace farl::owner {

using namespace formats;

namespace {

constexpr unsigned kBits = 7; // of an index, for each level
static_assert(1u << kBits == kVolumeFanOut);

std::array<BlockSeal, kVolumeFanOut> seals_in(SlotData const& node)
{
    std::array<BlockSeal, kVolumeFanOut> seals;
    std::memcpy(static_cast<void*>(seals.data()), node.data(), sizeof(seals));
    return seals;
}

void check_height(uint64_t file, BlockRoot const& root)
{
    if (root.height > kMostVolumeLevels)
        throw StoreDamage(fmt::format("{}: a tree of {} levels makes no sense", shown({ file, 0, 0 }), root.height));
}

// The blocks of the checkpoint that the journal has left as they were, between those that it has changed.
class CurrentBlocks final : public TreeVisitor {
public:
    using Visit = std::function<void(uint64_t, BlockSeal const&)>;

    CurrentBlocks(StoreJournal::Changes const& changes, Visit const& visit)
        : changes_(changes),
          visit_(visit),
          next_(changes.blocks.begin())
    {
    }
    void found(BlockPlace const& place, BlockSeal const& seal) override
    {
        if (place.level > 0)
            return;
        visit_changed(place.index);
        if (place.index < changes_.kept && !changes_.blocks.contains(place.index))
            visit_(place.index, seal);
    }
    void lost(BlockPlace const& place, BlockSeal const& seal) override
    {
        if (place.index << kBits * place.level < changes_.kept)
            throw StoreDamage(fmt::format("{} (slot {}) is not what was sealed there", shown(place), seal.slot));
    }
    void visit_changed(uint64_t before)
    {
        for (; next_ != changes_.blocks.end() && next_->first < before; ++next_)
            if (!next_->second.is_hole())
                visit_(next_->first, next_->second);
    }

private:
    StoreJournal::Changes const& changes_;
    Visit const& visit_;
    std::map<uint64_t, BlockSeal>::const_iterator next_;
};

} // namespace

std::string shown(BlockPlace const& place)
{
    auto const file = place.file == kInodeTable ? "inode table"
        : place.file == kSlotTable              ? "slot table"
                                                : fmt::format("inode {}", place.file);
    if (place.level == 0)
        return fmt::format("{}: block {}", file, place.index);
    auto const first = place.index << kBits * place.level;
    return fmt::format("{}: the seals of blocks {} to {}", file, first, first + (1ull << kBits * place.level) - 1);
}

std::optional<VolumeId> StoreReader::id_of(StoreFile const& file)
{
    for (uint32_t slot = 0; slot < kSuperblockCount; ++slot) {
        Superblock superblock;
        auto const stored = file.read(slot);
        std::memcpy(static_cast<void*>(&superblock), stored.data(), sizeof(superblock));
        VolumeId id;
        std::memcpy(id.data(), superblock.id, id.size());
        if (superblock.magic == kVolumeMagic && superblock.version == kVolumeVersion)
            return id;
    }
    return {};
}

StoreReader::StoreReader(StoreFile const& file, VolumeSeals const& seals) : file_(file), seals_(seals)
{
    bool is_found = false;
    for (uint32_t slot = 0; slot < kSuperblockCount; ++slot) {
        auto const stored = file.read(slot);
        auto const checkpoint = seals.open(stored);
        if (!checkpoint && stored != SlotData {})
            lost_superblock_ = slot;
        if (!checkpoint || (is_found && checkpoint->number < checkpoint_.number))
            continue;
        is_found = true;
        checkpoint_ = *checkpoint;
    }
    if (!is_found)
        throw StoreDamage("neither superblock opens: the key is another volume's, or both are damaged");
    journal_ = read_journal(file, seals, checkpoint_);
}

bool StoreReader::contains(StoreState const& state) const
{
    auto const& states = journal_.states;
    return state.sequence == 0 || state.sequence < states.front().sequence
        || std::find(states.begin(), states.end(), state) != states.end();
}

SlotData StoreReader::read(BlockPlace const& place, BlockSeal const& seal) const
{
    auto const contents = seals_.open(place, seal, file_.read(seal.slot));
    if (!contents)
        throw StoreDamage(fmt::format("{} (slot {}) is not what was sealed there", shown(place), seal.slot));
    return *contents;
}

BlockSeal StoreReader::stored_seal(uint64_t file, BlockRoot const& root, uint64_t index) const
{
    check_height(file, root);
    if (index >> kBits * root.height)
        return {};
    auto seal = root.seal;
    for (auto level = root.height; level > 0 && !seal.is_hole(); --level) {
        auto const node = read({ file, level, index >> kBits * level }, seal);
        seal = seals_in(node)[index >> kBits * (level - 1) & (kVolumeFanOut - 1)];
    }
    return seal;
}

VolumeInode StoreReader::stored_inode(uint64_t number) const
{
    auto const block = number / kInodesInBlock;
    if (!inodes_ || inodes_->first != block) {
        auto const seal = stored_seal(kInodeTable, checkpoint_.inodes, block);
        inodes_.reset();
        inodes_ = { block, seal.is_hole() ? SlotData {} : read({ kInodeTable, 0, block }, seal) };
    }
    VolumeInode inode;
    std::memcpy(&inode, inodes_->second.data() + number % kInodesInBlock * sizeof(inode), sizeof(inode));
    return inode;
}

VolumeInode StoreReader::inode(uint64_t number) const
{
    auto inode = stored_inode(number);
    auto const changes = journal_.inodes.find(number);
    if (changes == journal_.inodes.end() || !changes->second.value)
        return inode;
    auto const root = inode.root;
    inode = *changes->second.value;
    inode.root = root;
    return inode;
}

void StoreReader::for_each_block(uint64_t number, std::function<void(uint64_t, BlockSeal const&)> const& visit) const
{
    static StoreJournal::Changes const kNone;
    auto const changes = journal_.inodes.find(number);
    CurrentBlocks blocks(changes == journal_.inodes.end() ? kNone : changes->second, visit);
    walk(number, stored_inode(number).root, blocks);
    blocks.visit_changed(~uint64_t { 0 });
}

std::optional<SlotData> StoreReader::slot_bits(uint64_t index) const
{
    auto const seal = stored_seal(kSlotTable, checkpoint_.slots, index);
    return seal.is_hole() ? std::nullopt : std::optional(read({ kSlotTable, 0, index }, seal));
}

bool StoreReader::is_current(uint64_t number, uint64_t index) const
{
    auto const changes = journal_.inodes.find(number);
    return changes == journal_.inodes.end()
        || (index < changes->second.kept && !changes->second.blocks.contains(index));
}

std::optional<SlotData> StoreReader::block(uint64_t number, uint64_t index) const
{
    BlockSeal seal {};
    auto const changes = journal_.inodes.find(number);
    if (changes == journal_.inodes.end() || index < changes->second.kept)
        seal = stored_seal(number, stored_inode(number).root, index);
    if (changes != journal_.inodes.end()) {
        if (auto const changed = changes->second.blocks.find(index); changed != changes->second.blocks.end())
            seal = changed->second;
    }
    return seal.is_hole() ? std::nullopt : std::optional(read({ number, 0, index }, seal));
}

void StoreReader::walk(uint64_t file, BlockRoot const& root, TreeVisitor& visitor) const
{
    check_height(file, root);
    walk_below(root.seal, { file, root.height, 0 }, visitor);
}

void StoreReader::walk_below(BlockSeal const& seal, BlockPlace const& place, TreeVisitor& visitor) const
{
    if (seal.is_hole())
        return;
    visitor.found(place, seal);
    if (place.level == 0)
        return;
    auto const node = seals_.open(place, seal, file_.read(seal.slot));
    if (!node)
        return visitor.lost(place, seal);
    uint64_t index = place.index << kBits;
    for (auto const& below : seals_in(*node))
        walk_below(below, { place.file, place.level - 1, index++ }, visitor);
}

} // namespace farl::owner
