// The names in a directory of a volume.
#include "enclave/fs/volume/volume_directory.h"
#include "tests/crypto/hosted/volume_device.h"

#include <gtest/gtest.h>
#include <random>
#include <set>
#include <string>

using namespace farl;
using namespace farl::formats;
using namespace farl::volume_test;

namespace {

struct Known {
    uint64_t inode;
    uint8_t type;
    uint32_t block;
    bool operator==(Known const&) const = default;
};
using Names = std::map<std::string, Known>;

class VolumeDirectoryTest : public testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_TRUE(VolumeStore::format(device, the_key(), kId).is_ok());
        open();
    }
    void open()
    {
        cache = BlockCache::create(64 * kVolumeSlotSize).release_value();
        store = VolumeStore::open(device, the_key(), kId, {}, *cache).release_value();
        directory.emplace(kRootInode);
    }
    Result<Names> read()
    {
        directory.emplace(kRootInode);
        Vector<VolumeDirectory::Name> list;
        TRY(directory->read(*store, list));
        Names names;
        for (auto const& name : list)
            names[std::string(name.name.view())] = { name.inode, name.type, name.block };
        EXPECT_EQ(names.size(), list.size());
        return names;
    }
    void add(Names& names, std::string const& name, uint64_t inode)
    {
        auto block = directory->add(*store, name, inode, 8);
        ASSERT_TRUE(block.is_ok());
        names[name] = { inode, 8, block.value() };
    }

    Device device;
    Owned<BlockCache> cache;
    Owned<VolumeStore> store;
    std::optional<VolumeDirectory> directory;
};

} // namespace

TEST_F(VolumeDirectoryTest, has_what_was_added_and_not_what_was_removed)
{
    std::mt19937 random(1);
    Names names;
    ASSERT_EQ(read().value(), names);
    for (int round = 0; round < 4000; ++round) {
        auto any = names.empty() ? names.end() : std::next(names.begin(), static_cast<long>(random() % names.size()));
        switch (any == names.end() ? 0 : random() % 5) {
        case 0:
        case 1: {
            std::string name(1 + random() % 255, 'x');
            name += std::to_string(round);
            name.resize(std::min<size_t>(name.size(), 255));
            if (!names.contains(name))
                add(names, name, random());
            break;
        }
        case 2:
            ASSERT_TRUE(directory->remove(*store, any->second.block, any->first).is_ok());
            names.erase(any);
            break;
        case 3:
            any->second.inode = random();
            any->second.type = 4;
            ASSERT_TRUE(
                directory->replace(*store, any->second.block, any->first, any->second.inode, any->second.type).is_ok());
            break;
        default:
            if (round % 50 == 0) {
                ASSERT_TRUE(store->checkpoint().is_ok());
                open();
                ASSERT_EQ(read().value(), names);
            }
        }
    }
    EXPECT_EQ(read().value(), names);
}

TEST_F(VolumeDirectoryTest, room_is_used_again)
{
    ASSERT_TRUE(read().is_ok());
    for (int round = 0; round < 20; ++round) {
        Names names;
        for (uint64_t i = 0; i < 1000; ++i)
            add(names, "a file with number " + std::to_string(i), i);
        for (auto const& [name, known] : names)
            ASSERT_TRUE(directory->remove(*store, known.block, name).is_ok());
    }
    EXPECT_LE(store->inode(kRootInode).value().size, 48'000u + 3 * kVolumeSlotSize);
}

// None of these can come from the host: the block would not open. But a directory is not the place to find out.
TEST_F(VolumeDirectoryTest, a_block_that_makes_no_sense_is_refused)
{
    Names names;
    ASSERT_TRUE(read().is_ok());
    add(names, "name", 7);
    for (auto [offset, value] :
        { std::pair<size_t, int> { 0, 0xff }, { 1, 0xff }, { 8 + 9, 0 }, { 8 + 9, 0xff }, { 0, 3 } }) {
        auto block = store->change_block(kRootInode, 0).release_value();
        auto const before = block[offset];
        block[offset] = static_cast<std::byte>(value);
        EXPECT_EQ(read().error(), Errno::Ebadmsg) << offset;
        store->change_block(kRootInode, 0).release_value()[offset] = before;
    }
    EXPECT_EQ(read().value(), names);
}
