// A volume on a host that loses power, and on one that lies.
#include "enclave/fs/volume/seal_warning.h"
#include "tests/crypto/hosted/volume_device.h"

#include <gtest/gtest.h>
#include <random>
#include <set>

using namespace farl;
using namespace farl::formats;
using namespace farl::volume_test;

namespace {

Slot block_of(uint64_t value)
{
    Slot block {};
    std::memcpy(block.data(), &value, sizeof(value));
    std::memcpy(block.data() + kVolumeSlotSize - sizeof(value), &value, sizeof(value));
    return block;
}

Result<Slot> read(VolumeStore& store, uint64_t number, uint64_t index)
{
    Slot slot {};
    if (auto block = TRY(store.read(number, index)))
        std::copy_n(block->bytes().begin(), slot.size(), slot.begin());
    return slot;
}

bool put(VolumeStore& store, uint64_t number, uint64_t index, uint64_t value)
{
    auto bytes = store.change_block(number, index);
    if (bytes)
        std::ranges::copy(block_of(value), bytes.value().begin());
    return bytes.is_ok();
}

// What a volume should hold: of each inode its size and its blocks that are not zeros.
struct File {
    uint64_t size { 0 };
    std::map<uint64_t, uint64_t> blocks;
    bool operator==(File const&) const = default;
};
using Contents = std::map<uint64_t, File>;

VolumeInode inode_of(File const& file) { return { .mode = 0100644, .links = 1, .size = file.size }; }

// Far apart, so that trees have several levels.
constexpr uint64_t kIndexes[] = { 0, 1, 2, 127, 128, 129, 16383, 16384, 2097152 };

std::vector<uint64_t> indexes_of(File const& file)
{
    std::vector<uint64_t> indexes;
    for (auto const& block : file.blocks)
        indexes.push_back(block.first);
    return indexes;
}

std::vector<uint64_t> blocks_found(VolumeStore& store, uint64_t number)
{
    std::vector<uint64_t> found;
    for (uint64_t from = 0;; from = found.back() + 1) {
        auto next = store.find_block(number, from, false).value();
        if (next == kMostVolumeBlocks)
            return found;
        found.push_back(next);
        if (next > from) {
            EXPECT_EQ(store.find_block(number, from, true).value(), from);
        }
    }
}

Contents contents_of(VolumeStore& store, uint64_t inode_count)
{
    Contents contents;
    for (uint64_t number = kFirstFreeInode; number < kFirstFreeInode + inode_count; ++number) {
        auto inode = store.inode(number);
        if (inode.is_error()) {
            EXPECT_EQ(inode.error(), Errno::Enoent);
            continue;
        }
        auto& file = contents[number];
        file.size = inode.value().size;
        for (auto index : kIndexes) {
            auto block = read(store, number, index).value();
            uint64_t value;
            std::memcpy(&value, block.data(), sizeof(value));
            EXPECT_EQ(block, block_of(value));
            if (value)
                file.blocks[index] = value;
        }
        EXPECT_EQ(blocks_found(store, number), indexes_of(file));
        EXPECT_EQ(store.block_count(number).value(), file.blocks.size());
    }
    return contents;
}

class VolumeStoreTest : public testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(VolumeStore::format(device, the_key(), kId).is_ok()); }

    Result<Owned<VolumeStore>> try_open(VolumeDevice& from, VolumeState const& newest = {}, int key = 7)
    {
        cache = BlockCache::create(64 * kVolumeSlotSize).release_value();
        return VolumeStore::open(from, the_key(key), kId, newest, *cache);
    }
    Owned<VolumeStore> open(Device& from, VolumeState const& newest = {})
    {
        auto store = try_open(from, newest);
        EXPECT_TRUE(store.is_ok()) << (store ? 0 : static_cast<int>(store.error()));
        return store ? store.release_value() : nullptr;
    }

    // A file of ten blocks that is stored, and not in the cache.
    Owned<VolumeStore> open_with_ten_blocks(uint64_t& number)
    {
        auto store = open(device);
        number = store->create_inode(inode_of({})).release_value();
        for (uint64_t index = 0; index < 10; ++index)
            EXPECT_TRUE(put(*store, number, index, index + 1));
        EXPECT_TRUE(store->checkpoint().is_ok());
        return open(device);
    }

    Owned<BlockCache> cache; // of the volume that was opened last
    Device device;
};

// Random changes, beside what they should make of a volume.
class Changes {
public:
    explicit Changes(unsigned seed) : random_(seed) { }

    void make(VolumeStore& store)
    {
        switch (contents_.empty() ? 0 : pick(11)) {
        case 0:
            return create(store);
        case 1:
            return remove(store);
        case 2:
            return truncate(store);
        case 3:
            return resize(store);
        case 4:
            return punch(store);
        case 5:
            return put_whole(store);
        case 6:
            ASSERT_TRUE(store.flush().is_ok());
            return;
        default:
            return write(store);
        }
    }
    Contents const& contents() const { return contents_; }
    uint64_t pick(uint64_t count) { return random_() % count; }

private:
    uint64_t any_file() { return std::next(contents_.begin(), static_cast<long>(pick(contents_.size())))->first; }

    void create(VolumeStore& store)
    {
        if (contents_.size() >= 20)
            return;
        File const file { .size = random_() };
        auto number = store.create_inode(inode_of(file));
        ASSERT_TRUE(number.is_ok());
        ASSERT_TRUE(contents_.emplace(number.value(), file).second);
    }
    void remove(VolumeStore& store)
    {
        auto number = any_file();
        ASSERT_TRUE(store.remove_inode(number).is_ok());
        contents_.erase(number);
    }
    void truncate(VolumeStore& store)
    {
        auto number = any_file();
        auto count = kIndexes[pick(std::size(kIndexes))];
        ASSERT_TRUE(store.truncate(number, count).is_ok());
        std::erase_if(contents_[number].blocks, [&](auto const& block) { return block.first >= count; });
    }
    void resize(VolumeStore& store)
    {
        auto number = any_file();
        auto inode = store.inode(number);
        ASSERT_TRUE(inode.is_ok());
        inode.value().size = contents_[number].size = random_();
        ASSERT_TRUE(store.set_inode(number, inode.value()).is_ok());
    }
    void punch(VolumeStore& store)
    {
        auto number = any_file();
        auto index = kIndexes[pick(std::size(kIndexes))];
        ASSERT_TRUE(store.make_hole(number, index).is_ok());
        contents_[number].blocks.erase(index);
    }
    void put_whole(VolumeStore& store)
    {
        auto number = any_file();
        auto index = kIndexes[pick(std::size(kIndexes))];
        uint64_t value = random_() | 1;
        auto block = CachedBlock::create().release_value();
        std::ranges::copy(block_of(value), block->bytes().begin());
        ASSERT_TRUE(store.put_block(number, index, std::move(block)).is_ok());
        contents_[number].blocks[index] = value;
    }
    void write(VolumeStore& store)
    {
        auto number = any_file();
        auto index = kIndexes[pick(std::size(kIndexes))];
        uint64_t value = random_() | 1;
        ASSERT_TRUE(put(store, number, index, value));
        contents_[number].blocks[index] = value;
    }

    std::mt19937_64 random_;
    Contents contents_;
};

// What may be on the disk when the power goes after `end` steps: all that was synchronised, and of the rest what
// `keeps` says.
template <typename Keeps>
Slots after_power_loss(Slots const& before, std::vector<Step> const& steps, size_t end, Keeps keeps)
{
    auto last_sync = end;
    while (last_sync > 0 && !steps[last_sync - 1].is_sync)
        --last_sync;
    auto slots = before;
    for (size_t i = 0; i < end; ++i) {
        if (!steps[i].is_sync && (i < last_sync || keeps(i)))
            slots[steps[i].slot] = steps[i].bytes;
    }
    return slots;
}

} // namespace

TEST_F(VolumeStoreTest, is_empty_at_first)
{
    auto store = open(device);
    EXPECT_EQ(store->inode(kRootInode).value().mode, 0040755u);
    EXPECT_EQ(store->inode(kOrphansInode).value().links, 2u);
    EXPECT_EQ(store->inode(kFirstFreeInode).error(), Errno::Enoent);
    EXPECT_EQ(store->state().sequence, 0u);
}

TEST_F(VolumeStoreTest, what_was_committed_is_there_again)
{
    for (bool checkpoints : { false, true }) {
        Changes changes(checkpoints);
        Device own;
        ASSERT_TRUE(VolumeStore::format(own, the_key(), kId).is_ok());
        VolumeState state;
        for (int round = 0; round < 50; ++round) {
            auto store = open(own, state);
            ASSERT_EQ(contents_of(*store, 30), changes.contents());
            for (int i = 0; i < 30; ++i)
                changes.make(*store);
            state = store->commit().release_value();
            if (checkpoints) {
                ASSERT_TRUE(store->checkpoint().is_ok());
            }
            ASSERT_EQ(store->state(), state);
            ASSERT_EQ(contents_of(*store, 30), changes.contents());
        }
    }
}

TEST_F(VolumeStoreTest, what_was_not_committed_is_not)
{
    Changes changes(3);
    {
        auto store = open(device);
        for (int i = 0; i < 30; ++i)
            changes.make(*store);
    }
    EXPECT_TRUE(contents_of(*open(device), 30).empty());
}

TEST_F(VolumeStoreTest, the_only_block_can_become_a_hole_before_it_is_stored)
{
    auto store = open(device);
    auto number = store->create_inode(inode_of({})).release_value();
    ASSERT_TRUE(put(*store, number, 0, 1));
    ASSERT_TRUE(store->make_hole(number, 0).is_ok());
    ASSERT_TRUE(store->commit().is_ok());
    EXPECT_EQ(store->block_count(number).value(), 0u);
}

TEST_F(VolumeStoreTest, reading_ahead_brings_nothing_that_has_changed)
{
    auto store = open(device);
    auto number = store->create_inode(inode_of({})).release_value();
    for (uint64_t index = 0; index < 10; ++index)
        ASSERT_TRUE(put(*store, number, index, index + 1));
    ASSERT_TRUE(store->checkpoint().is_ok());
    for (bool is_stored : { false, true }) {
        store = open(device);
        ASSERT_TRUE(put(*store, number, 5, 100));
        if (is_stored) {
            ASSERT_TRUE(store->flush().is_ok());
        }
        ASSERT_TRUE(store->read(number, 3, 7).is_ok());
        EXPECT_TRUE(store->read_cached(number, 4));
        auto cached = store->read_cached(number, 5);
        EXPECT_EQ(static_cast<bool>(cached), is_stored);
        EXPECT_EQ(read(*store, number, 5).value(), block_of(100));
    }
}

bool is_block(Ref<CachedBlock> const& block, uint64_t value)
{
    return block && std::ranges::equal(block->bytes(), block_of(value));
}

TEST_F(VolumeStoreTest, a_long_read_has_the_blocks_behind_it_beside_the_cache)
{
    uint64_t number;
    auto store = open_with_ten_blocks(number);
    BlocksAhead ahead;
    EXPECT_TRUE(is_block(store->read(number, 2, 8, &ahead).value(), 3));
    EXPECT_FALSE(ahead.take(2));
    EXPECT_TRUE(is_block(ahead.take(3), 4));
    EXPECT_TRUE(is_block(ahead.take(7), 8));
    EXPECT_FALSE(ahead.take(5)); // passed over
    EXPECT_TRUE(is_block(ahead.take(9), 10));
    EXPECT_FALSE(ahead.take(10));
    EXPECT_FALSE(store->read_cached(number, 3));
}

TEST_F(VolumeStoreTest, a_long_read_ends_before_a_block_that_was_changed)
{
    uint64_t number;
    auto store = open_with_ten_blocks(number);
    for (auto& [slot, bytes] : device.slots)
        if (slot > 4)
            bytes[100] ^= std::byte { 1 };
    BlocksAhead ahead;
    uint64_t index = 0;
    while (index < 10 && store->read(number, index, 10 - index, &ahead))
        for (++index; auto block = ahead.take(index); ++index)
            EXPECT_TRUE(is_block(block, index + 1));
    EXPECT_EQ(store->read(number, index).error(), Errno::Ebadmsg);
}

TEST_F(VolumeStoreTest, a_stream_leaves_memory_at_once_and_counts_with_the_next_commit)
{
    auto store = open(device);
    auto number = store->create_inode(inode_of({})).release_value();
    for (auto keeping : { Keeping::Cached, Keeping::NotCached }) {
        ASSERT_TRUE(put(*store, number, 7, 70));
        EXPECT_EQ(store->waiting_blocks(), 1u);
        ASSERT_TRUE(store->flush_stream(number, keeping).is_ok());
        EXPECT_EQ(store->waiting_blocks(), 0u);
        EXPECT_EQ(static_cast<bool>(store->read_cached(number, 7)), keeping == Keeping::Cached);
    }
    ASSERT_TRUE(store->commit().is_ok());
    EXPECT_EQ(read(*open(device), number, 7).value(), block_of(70));
}

TEST_F(VolumeStoreTest, is_overdue_when_old_slots_pile_up_and_not_after_a_checkpoint)
{
    auto store = open(device);
    auto number = store->create_inode(inode_of({})).release_value();
    for (uint64_t round = 0; round < 20'000 && !store->is_overdue(); ++round) {
        ASSERT_TRUE(put(*store, number, 0, round));
        ASSERT_TRUE(store->flush().is_ok());
    }
    EXPECT_TRUE(store->is_overdue());
    ASSERT_TRUE(store->checkpoint().is_ok());
    EXPECT_FALSE(store->is_overdue());
}

TEST(SealWarning, comes_at_90_per_cent_and_then_at_each_one_more_once)
{
    SealWarning warning;
    auto seals_of = [](uint64_t percent) { return kMostVolumeSeals / 100 * percent + percent; };
    EXPECT_EQ(warning.due(0), 0u);
    EXPECT_EQ(warning.due(seals_of(90) - 100), 0u);
    EXPECT_EQ(warning.due(seals_of(90)), 90u);
    EXPECT_EQ(warning.due(seals_of(90) + 1000), 0u);
    EXPECT_EQ(warning.due(seals_of(93)), 93u);
    EXPECT_EQ(warning.due(seals_of(93)), 0u);
    EXPECT_EQ(warning.due(kMostVolumeSeals), 100u);
    EXPECT_EQ(SealWarning().due(seals_of(99)), 99u) << "of another start";
}

TEST_F(VolumeStoreTest, slots_are_used_again)
{
    auto store = open(device);
    auto number = store->create_inode(inode_of({})).release_value();
    size_t after_first = 0;
    for (uint64_t round = 0; round < 200; ++round) {
        for (auto index : kIndexes)
            ASSERT_TRUE(put(*store, number, index, round + 1));
        ASSERT_TRUE(store->commit().is_ok());
        if (round % 10 == 9) {
            ASSERT_TRUE(store->checkpoint().is_ok());
        }
        if (round == 19)
            after_first = device.slots.size();
    }
    EXPECT_LE(device.slots.size(), after_first + 64);
    ASSERT_TRUE(store->remove_inode(number).is_ok());
    ASSERT_TRUE(store->checkpoint().is_ok());
    ASSERT_TRUE(store->checkpoint().is_ok());
    auto used = store->used_slots();
    EXPECT_LE(used, 8u);
    store = open(device);
    EXPECT_EQ(store->used_slots(), used);
}

// What a crash at any point may leave: all that was written, nothing after the last synchronisation, one write less,
// one alone, and random others.
TEST_F(VolumeStoreTest, after_any_crash_it_is_as_a_commit_left_it)
{
    std::vector<Step> steps;
    auto const before = device.slots;
    Changes changes(11);
    std::vector<Contents> committed { changes.contents() };
    std::vector<size_t> acknowledged { 0 }; // after how many steps
    device.steps = &steps;
    {
        auto store = open(device);
        for (int round = 0; round < 30; ++round) {
            for (uint64_t i = changes.pick(12) + 1; i > 0; --i)
                changes.make(*store);
            ASSERT_TRUE((round % 6 == 5 ? store->checkpoint().is_ok() : store->commit().is_ok()));
            committed.push_back(changes.contents());
            acknowledged.push_back(steps.size());
        }
    }
    std::mt19937 random(5);
    for (size_t end = 0; end <= steps.size(); ++end) {
        auto check = [&](auto keeps) {
            Device crashed;
            crashed.slots = after_power_loss(before, steps, end, keeps);
            auto store = open(crashed);
            ASSERT_TRUE(store);
            auto first = static_cast<size_t>(std::ranges::upper_bound(acknowledged, end) - acknowledged.begin()) - 1;
            auto found =
                std::find(committed.begin() + static_cast<long>(first), committed.end(), contents_of(*store, 30));
            ASSERT_NE(found, committed.end());
            // It goes on from there: what is written next does not harm what is there.
            auto number = store->create_inode(inode_of({ .size = 5 }));
            ASSERT_TRUE(number.is_ok() && put(*store, number.value(), 0, 77));
            ASSERT_TRUE(store->commit().is_ok());
            auto expected = *found;
            expected[number.value()] = { 5, { { 0, 77 } } };
            ASSERT_EQ(contents_of(*open(crashed), 30), expected);
        };
        check([](size_t) { return true; });
        check([](size_t) { return false; });
        check([&](size_t i) { return i + 1 != end; });
        check([&](size_t i) { return i + 1 == end; });
        for (int i = 0; i < 3; ++i)
            check([&](size_t) { return random() % 2 == 0; });
        if (HasFatalFailure())
            FAIL() << "after step " << end;
    }
}

TEST_F(VolumeStoreTest, an_older_state_is_refused)
{
    std::vector<Slots> copies;
    std::vector<VolumeState> states;
    Changes changes(21);
    {
        auto store = open(device);
        for (int round = 0; round < 12; ++round) {
            for (int i = 0; i < 10; ++i)
                changes.make(*store);
            states.push_back(store->commit().release_value());
            if (round % 4 == 3) {
                ASSERT_TRUE(store->checkpoint().is_ok());
            }
            copies.push_back(device.slots);
        }
    }
    for (size_t copy = 0; copy < copies.size(); ++copy) {
        for (size_t newest = 0; newest < states.size(); ++newest) {
            Device restored;
            restored.slots = copies[copy];
            auto store = try_open(restored, states[newest]);
            ASSERT_EQ(store.is_ok(), newest <= copy) << copy << " " << newest;
            if (!store) {
                ASSERT_EQ(store.error(), Errno::Estale);
            }
        }
    }
}

// The same number of commits, by another run from an older copy.
TEST_F(VolumeStoreTest, another_history_is_refused)
{
    Device other;
    other.slots = device.slots;
    VolumeState states[2];
    for (auto* side : { &device, &other }) {
        auto store = open(*side);
        ASSERT_TRUE(store->create_inode(inode_of({})).is_ok());
        states[side == &other] = store->commit().release_value();
    }
    ASSERT_EQ(states[0].sequence, states[1].sequence);
    EXPECT_EQ(try_open(device, states[1]).error(), Errno::Estale);
    EXPECT_TRUE(try_open(device, states[0]).is_ok());
}

TEST_F(VolumeStoreTest, another_key_or_volume_is_refused)
{
    EXPECT_EQ(try_open(device, {}, 8).error(), Errno::Ebadmsg);
    EXPECT_EQ(VolumeStore::open(device, the_key(), VolumeId {}, {}, *cache).error(), Errno::Ebadmsg);
    EXPECT_EQ(VolumeStore::id_of(device).value(), kId);
    Device empty;
    EXPECT_EQ(VolumeStore::id_of(empty).error(), Errno::Enoent);
    EXPECT_EQ(try_open(empty).error(), Errno::Ebadmsg);
}

// Changed, exchanged, taken away, put back to what it was: either it is not looked at, or it is refused.
TEST_F(VolumeStoreTest, no_tampering_is_believed)
{
    Changes changes(31);
    VolumeState state;
    Slots older;
    Contents expected;
    {
        auto store = open(device);
        for (int round = 0; round < 12; ++round) {
            for (int i = 0; i < 20; ++i)
                changes.make(*store);
            state = store->commit().release_value();
            if (round == 4)
                older = device.slots;
            if (round == 8) {
                ASSERT_TRUE(store->checkpoint().is_ok());
            }
        }
        expected = changes.contents();
    }
    std::mt19937_64 random(9);
    auto any_of = [&](Slots& slots) { return std::next(slots.begin(), static_cast<long>(random() % slots.size())); };
    size_t refused = 0, rounds = 20'000;
    for (size_t round = 0; round < rounds; ++round) {
        Device hostile;
        hostile.slots = device.slots;
        auto victim = any_of(hostile.slots);
        switch (round % 4) {
        case 0:
            victim->second[random() % kVolumeSlotSize] ^= static_cast<std::byte>(1 << random() % 8);
            break;
        case 1:
            std::swap(victim->second, any_of(hostile.slots)->second);
            break;
        case 2:
            hostile.slots.erase(victim);
            break;
        default:
            if (auto old = older.find(victim->first); old != older.end())
                victim->second = old->second;
        }
        auto store = try_open(hostile, state);
        if (!store) {
            ++refused;
            continue;
        }
        for (auto const& [number, file] : expected) {
            auto inode = store.value()->inode(number);
            if (!inode)
                break; // its block of the table
            ASSERT_EQ(inode.value().size, file.size);
            for (auto index : kIndexes) {
                auto block = read(*store.value(), number, index);
                if (!block) {
                    ++refused;
                    continue;
                }
                auto value = file.blocks.find(index);
                ASSERT_EQ(block.value(), value == file.blocks.end() ? Slot {} : block_of(value->second));
            }
        }
    }
    EXPECT_GT(refused, rounds / 5);
}

// Of superblocks, journal, tables and contents. What is refused least is not looked at: the older superblock, old
// slots, and what is behind a superblock's checkpoint.
TEST_F(VolumeStoreTest, each_byte_counts)
{
    VolumeState state;
    uint64_t number;
    {
        auto store = open(device);
        number = store->create_inode(inode_of({ .size = 2 * kVolumeSlotSize })).release_value();
        ASSERT_TRUE(put(*store, number, 0, 1));
        ASSERT_TRUE(store->checkpoint().is_ok());
        ASSERT_TRUE(put(*store, number, 200, 2));
        state = store->commit().release_value();
    }
    auto is_as_it_was = [&](VolumeDevice& hostile) {
        auto store = try_open(hostile, state);
        if (!store || !store.value()->inode(number))
            return false;
        EXPECT_EQ(store.value()->inode(number).value().size, 2 * kVolumeSlotSize);
        for (uint64_t index : { 0, 1, 200 }) {
            auto block = read(*store.value(), number, index);
            if (!block)
                return false;
            EXPECT_EQ(block.value(), index == 1 ? Slot {} : block_of(index ? 2 : 1));
        }
        return true;
    };
    ASSERT_TRUE(is_as_it_was(device));
    size_t refused = 0;
    for (auto& [slot, bytes] : device.slots) {
        for (size_t i = 0; i < kVolumeSlotSize; ++i) {
            bytes[i] ^= std::byte { 1 };
            refused += !is_as_it_was(device);
            bytes[i] ^= std::byte { 1 };
        }
    }
    EXPECT_GE(refused, 5 * kVolumeSlotSize + sizeof(Checkpoint)) << device.slots.size() << " slots";
}

TEST_F(VolumeStoreTest, a_full_disk_may_have_room_again)
{
    struct Full final : VolumeDevice {
        Device& device;
        size_t room { 1000 };
        explicit Full(Device& device) : device(device) { }
        Result<> read(uint32_t slot, std::span<SlotBytes const> places) override { return device.read(slot, places); }
        Result<> write(uint32_t slot, std::span<std::byte const> bytes) override
        {
            if (!room)
                return Errno::Enospc;
            --room;
            return device.write(slot, bytes);
        }
        Result<> sync() override { return {}; }
    } full(device);
    for (size_t room = 0; room < 6; ++room) {
        auto store = try_open(full).release_value();
        auto number = store->create_inode(inode_of({})).release_value();
        for (uint64_t index = 0; index < 400; ++index)
            ASSERT_TRUE(put(*store, number, index * 3, index + 1));
        full.room = room;
        ASSERT_EQ(store->flush().error(), Errno::Enospc);
        ASSERT_TRUE(put(*store, number, 300, 1000));
        ASSERT_EQ(store->commit().error(), Errno::Enospc);
        full.room = 1000;
        auto state = store->commit();
        ASSERT_TRUE(state.is_ok());
        store = try_open(full, state.value()).release_value();
        for (uint64_t index = 0; index < 400; ++index)
            ASSERT_EQ(read(*store, number, index * 3).value(), block_of(index == 100 ? 1000 : index + 1));
        ASSERT_TRUE(store->remove_inode(number).is_ok());
        ASSERT_TRUE(store->checkpoint().is_ok());
        ASSERT_TRUE(store->checkpoint().is_ok());
        EXPECT_LE(store->used_slots(), 8u) << "slots are lost";
    }
}

TEST_F(VolumeStoreTest, after_an_error_of_the_host_nothing_is_written)
{
    struct Failing final : VolumeDevice {
        Device& device;
        bool fails { false };
        explicit Failing(Device& device) : device(device) { }
        Result<> read(uint32_t slot, std::span<SlotBytes const> places) override { return device.read(slot, places); }
        Result<> write(uint32_t slot, std::span<std::byte const> bytes) override
        {
            return fails ? Result<>(Errno::Eio) : device.write(slot, bytes);
        }
        Result<> sync() override { return {}; }
    } failing(device);
    auto store = try_open(failing).release_value();
    auto number = store->create_inode(inode_of({})).release_value();
    failing.fails = true;
    EXPECT_EQ(store->commit().error(), Errno::Eio);
    failing.fails = false;
    EXPECT_EQ(store->commit().error(), Errno::Eio);
    EXPECT_EQ(store->change_block(number, 0).error(), Errno::Eio);
    EXPECT_EQ(store->create_inode(inode_of({})).error(), Errno::Eio);
    EXPECT_TRUE(contents_of(*open(device), 30).empty());
}
