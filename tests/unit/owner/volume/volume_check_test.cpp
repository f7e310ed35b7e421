// Stores that are sealed well and are wrong all the same, as no host can make them: what the checks are for.
#include "owner/launch/user_error.h"
#include "owner/volume/name_check.h"
#include "owner/volume/store_writer.h"
#include "tests/unit/owner/launch/temporary_directory.h"

#include <algorithm>
#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace farl::owner {

namespace {

using namespace formats;

struct Name {
    std::string name;
    uint64_t inode;
    uint8_t type { DT_REG };
};

SlotData directory_block(std::vector<Name> const& names)
{
    SlotData block {};
    size_t used = 0;
    for (auto const& [name, inode, type] : names) {
        VolumeDirectoryEntry const entry { inode, type, static_cast<uint8_t>(name.size()), 0, 0 };
        auto* place = block.data() + offsetof(VolumeDirectoryBlock, entries) + used;
        std::memcpy(place, &entry, sizeof(entry));
        std::memcpy(place + sizeof(entry), name.data(), name.size());
        used += (sizeof(entry) + name.size() + 7) / 8 * 8;
    }
    auto const size = static_cast<uint16_t>(used);
    std::memcpy(block.data(), &size, sizeof(size));
    return block;
}

VolumeInode inode_of(uint32_t mode, uint32_t links, uint64_t size = 0, uint64_t attributes = 0)
{
    return { .mode = mode, .links = links, .size = size, .root = {}, .attributes = attributes };
}

constexpr uint32_t kFile = S_IFREG | 0644, kDirectory = S_IFDIR | 0755;

class VolumeCheckTest : public testing::Test {
protected:
    // Inodes from kFirstFreeInode on: 4 is a file, 5 a directory with the file 6 in it, 7 are the attributes of 4.
    void fill(StoreWriter& writer)
    {
        writer.add_block(0, directory_block(root_));
        writer.add_inode(inode_of(kDirectory, root_links_, kVolumeSlotSize));
        writer.add_block(0, directory_block(orphans_));
        writer.add_inode(inode_of(kDirectory, 2, kVolumeSlotSize));
        for (uint64_t index : { 0, 1, 127, 128, 20'000, 2'100'000 })
            writer.add_block(index, { std::byte { 9 } });
        writer.add_inode(file_);
        writer.add_block(0, directory_block(inner_));
        writer.add_inode(inode_of(kDirectory, 2, kVolumeSlotSize));
        writer.add_inode(inode_of(kFile, 1));
        writer.add_inode(attributes_);
        for (auto const& more : more_)
            writer.add_inode(more);
    }

    void write()
    {
        StoreWriter writer(file, seals, {});
        fill(writer);
        writer.finish(free_);
    }

    // Its superblock as it is, and then changed.
    template <typename Change>
    void change_checkpoint(Change change)
    {
        auto checkpoint = StoreReader(file, seals).checkpoint();
        SlotWriter slots(file, seals, 0);
        change(checkpoint);
        ++checkpoint.number;
        slots.write_superblock(checkpoint);
    }

    std::vector<std::string> defects()
    {
        StoreReader const store(file, seals);
        std::vector<std::string> lines;
        DamageReport const report = [&](std::string const& what, uint64_t) { lines.push_back(what); };
        StoreProgress const progress = [](uint64_t, uint64_t) {};
        NameCheck(store, report).run();
        SlotCheck(store, report, progress).run();
        return lines;
    }

    void expect(std::string const& part)
    {
        auto const found = defects();
        EXPECT_TRUE(std::ranges::any_of(found, [&](auto const& line) { return line.find(part) != line.npos; }))
            << "expected: " << part << "\nfound: " << testing::PrintToString(found);
    }
    void expect_of_names(std::string const& part)
    {
        write();
        expect(part);
    }

    TemporaryDirectory directory;
    StoreFile file { StoreFile::create(directory.path() + "/store") };
    VolumeSeals seals { Secret(std::string(32, 'k')), VolumeId {} };
    std::vector<Name> root_ { { "file", 4 }, { "inner", 5, DT_DIR } }, inner_ { { "leaf", 6 } }, orphans_;
    uint32_t root_links_ { 3 };
    VolumeInode file_ { inode_of(kFile, 1, 9, 7) }, attributes_ { inode_of(S_IFREG | 0600, 1) };
    std::vector<VolumeInode> more_;
    uint64_t free_ { 0 };
};

} // namespace

TEST_F(VolumeCheckTest, a_sound_volume_has_no_defects)
{
    more_ = { inode_of(0, 0, 10), inode_of(kFile, 0), inode_of(0, 0, 0) };
    free_ = 8;
    orphans_ = { { "0000000000000009", 9 } };
    write();
    EXPECT_EQ(defects(), std::vector<std::string> {});
    StoreReader const store(file, seals);
    NameCheck names(store, [](std::string const&, uint64_t) {});
    names.run();
    EXPECT_EQ(names.path_of(6), "/inner/leaf");
    EXPECT_EQ(names.path_of(kRootInode), "/");
    EXPECT_EQ(names.path_of(9), "");
}

TEST_F(VolumeCheckTest, names_that_lead_to_nothing_or_to_something_else)
{
    inner_ = { { "leaf", 99 } };
    expect_of_names("inode 5: the name leaf leads to inode 99, which is none");
}

TEST_F(VolumeCheckTest, names_of_another_type)
{
    inner_ = { { "leaf", 6, DT_LNK } };
    expect_of_names("inode 5: the name leaf is of another type than inode 6");
}

TEST_F(VolumeCheckTest, names_that_are_there_twice)
{
    inner_ = { { "leaf", 6 }, { "leaf", 6 } };
    expect_of_names("inode 5: the name leaf is there twice");
}

TEST_F(VolumeCheckTest, names_that_no_file_can_have)
{
    inner_ = { { "a/b", 6 } };
    expect_of_names("inode 5: block 0: a name that no file can have");
}

TEST_F(VolumeCheckTest, directories_whose_entries_are_cut_short)
{
    StoreWriter writer(file, seals, {});
    SlotData block = directory_block({ { "leaf", 6 } });
    block[0] = std::byte { 20 };
    writer.add_block(0, block);
    writer.add_inode(inode_of(kDirectory, 2, kVolumeSlotSize));
    writer.add_inode(inode_of(kDirectory, 2));
    writer.finish(0);
    expect("inode 2: block 0: a name is cut short");
}

TEST_F(VolumeCheckTest, wrong_numbers_of_links)
{
    file_.links = 2;
    expect_of_names("inode 4 says that it has 2 links; it has 1");
}

TEST_F(VolumeCheckTest, wrong_numbers_of_links_of_directories)
{
    root_links_ = 2;
    expect_of_names("inode 2 says that it has 2 links; it has 3");
}

TEST_F(VolumeCheckTest, files_without_a_name)
{
    inner_ = {};
    expect_of_names("inode 6 has no name");
}

TEST_F(VolumeCheckTest, directories_with_two_names)
{
    inner_ = { { "leaf", 6 }, { "again", 5, DT_DIR } };
    expect_of_names("inode 5 is a directory with several names");
}

TEST_F(VolumeCheckTest, directories_below_themselves)
{
    root_ = { { "file", 4 } };
    root_links_ = 2;
    inner_ = { { "leaf", 6 }, { "self", 5, DT_DIR } };
    expect_of_names("inode 5 is a directory that is below itself");
}

TEST_F(VolumeCheckTest, attributes_that_are_none)
{
    attributes_ = inode_of(kDirectory, 2);
    expect_of_names("inode 4: its extended attributes are no file");
}

TEST_F(VolumeCheckTest, lists_of_free_inodes_that_lead_elsewhere_or_leave_some_out)
{
    free_ = 6;
    expect_of_names("the list of free inodes leads to inode 6");
}

TEST_F(VolumeCheckTest, free_inodes_that_nobody_can_find)
{
    more_ = { inode_of(0, 0) };
    expect_of_names("inode 8 is free, and not in the list of those");
}

TEST_F(VolumeCheckTest, slots_that_are_used_twice)
{
    write();
    change_checkpoint([](Checkpoint& checkpoint) { checkpoint.slots = checkpoint.inodes; });
    auto const found = defects();
    EXPECT_FALSE(found.empty());
    expect("is used twice: slot table: block 0 is the second to lead there");
}

TEST_F(VolumeCheckTest, a_journal_where_something_else_is)
{
    write();
    change_checkpoint([](Checkpoint& checkpoint) { checkpoint.journal_slot = 2; });
    EXPECT_EQ(defects(), std::vector<std::string> { "slot 2 is used twice: the journal is the second to lead there" });
}

TEST_F(VolumeCheckTest, slot_tables_that_show_too_much_or_too_little)
{
    write();
    change_checkpoint([&](Checkpoint& checkpoint) {
        SlotWriter slots(file, seals, 0, 50); // behind all that is there
        SlotData bits = *StoreReader(file, seals).slot_bits(0);
        bits[0] ^= std::byte { 1 << 4 };
        bits[5] |= std::byte { 7 };
        TreeBuilder table(slots, kSlotTable);
        table.add(0, bits);
        checkpoint.slots = table.finish();
    });
    EXPECT_EQ(defects(),
        (std::vector<std::string> { "slot 4 is in use, and free in the slot table",
            "slots 40 to 42 are in use in the slot table, and nothing leads there" }));
}

TEST_F(VolumeCheckTest, a_copy_is_the_same_volume)
{
    more_ = { inode_of(0, 0, 0) };
    free_ = 8;
    write();
    StoreReader const store(file, seals);
    auto copy = StoreFile::create(directory.path() + "/copy");
    VolumeSeals const other(Secret(std::string(32, 'o')), VolumeId {});
    copy_store(store, copy, other, 0, [](uint64_t, uint64_t) {});
    StoreReader const copied(copy, other);
    EXPECT_EQ(copied.state(), store.state());
    ASSERT_EQ(copied.journal().inode_count, store.journal().inode_count);
    for (auto number = kRootInode; number < store.journal().inode_count; ++number) {
        EXPECT_EQ(copied.inode(number).mode, store.inode(number).mode);
        EXPECT_EQ(copied.inode(number).root.block_count, store.inode(number).root.block_count);
        copied.for_each_block(number, [&](uint64_t index, BlockSeal const& seal) {
            EXPECT_EQ(copied.read({ number, 0, index }, seal), store.block(number, index)) << number << " " << index;
        });
    }
    EXPECT_THROW(StoreReader(copy, seals), StoreDamage);
}

TEST_F(VolumeCheckTest, a_key_that_has_sealed_all_that_it_may_writes_no_more)
{
    StoreWriter writer(file, seals, { .seals = (uint64_t { 1 } << 32) - 1 });
    writer.add_block(0, {});
    EXPECT_THROW(writer.add_block(1, {}), UserError);
}

} // namespace farl::owner
