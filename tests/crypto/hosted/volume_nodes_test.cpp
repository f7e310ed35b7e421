// The nodes of a volume's files in memory: which stay, and which leave it.
#include "enclave/fs/volume/volume_nodes.h"
#include "tests/crypto/hosted/volume_device.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

using namespace farl;
using namespace farl::formats;
using namespace farl::volume_test;

namespace {

struct NoKeeper final : VolumeKeeper {
    Result<> committed(VolumeState const&) override { return {}; }
    Result<> settle(VolumeState const&) override { return {}; }
};

// 100 directories with 100 files each, of which nothing is in memory.
class VolumeNodesTest : public testing::Test {
protected:
    static constexpr int kDirectories = 100, kFiles = 100;
    static constexpr uint64_t kBlocks = 64; // of the cache

    void SetUp() override
    {
        ASSERT_TRUE(VolumeStore::format(device_, the_key(), kId).is_ok());
        open();
        for (int i = 0; i < kDirectories; ++i) {
            auto directory = add(*root_, name_of(i), S_IFDIR | 0755);
            for (int k = 0; k < kFiles; ++k)
                add(*directory, name_of(k), S_IFREG | 0644);
        }
        ASSERT_TRUE(nodes_->close().is_ok());
        open();
    }
    void TearDown() override { close(); }

    void close()
    {
        root_ = nullptr;
        nodes_ = nullptr;
    }
    void open()
    {
        close();
        cache_ = MUST(BlockCache::create(kBlocks * kVolumeSlotSize));
        nodes_ = MUST(
            VolumeNodes::create("/volume", 16, MUST(VolumeStore::open(device_, the_key(), kId, {}, *cache_)), keeper_));
        root_ = MUST(nodes_->root());
    }

    static std::string name_of(int number) { return "name-" + std::to_string(number); }
    Ref<TreeNode> add(TreeNode& directory, std::string const& name, uint32_t mode)
    {
        auto node = MUST(nodes_->create(mode, 1, 2));
        MUST(directory.add(name, node));
        return node;
    }
    // As a call with a path finds it.
    Ref<TreeNode> find(std::string const& directory, std::string const& name = {})
    {
        nodes_->make_room(*root_);
        auto found = MUST(root_->child(directory));
        return name.empty() ? found : MUST(found->child(name));
    }
    // Looks at everything. How much was in memory at most.
    uint64_t walk(int first = 0, int end = kDirectories)
    {
        uint64_t most = 0;
        for (int i = first; i < end; ++i) {
            for (int k = 0; k < kFiles; ++k) {
                EXPECT_EQ(find(name_of(i), name_of(k))->uid, 1u);
                most = std::max(most, nodes_->memory());
            }
        }
        return most;
    }
    // Whether it is the same node after a walk that has driven out everything else.
    bool stays(TreeNode const* node, std::string const& directory, std::string const& name)
    {
        walk();
        walk();
        return find(directory, name).get() == node;
    }

    Device device_;
    NoKeeper keeper_;
    Owned<BlockCache> cache_;
    Owned<VolumeNodes> nodes_;
    Ref<TreeNode> root_;
};

TEST_F(VolumeNodesTest, do_not_grow_with_the_files_that_are_looked_at)
{
    constexpr uint64_t kLimit = 64 * 1024; // of a cache as small as that
    auto const most = walk();
    EXPECT_GT(most, kLimit / 2);
    EXPECT_LT(most, 2 * kLimit) << "of " << kDirectories * kFiles << " files";
    EXPECT_LT(walk(), 2 * kLimit) << "nor with how often";
}

TEST_F(VolumeNodesTest, stay_where_somebody_has_them_open)
{
    auto const open = find("name-7", "name-3");
    open->permissions = 0123; // which nobody has stored
    EXPECT_TRUE(stays(open.get(), "name-7", "name-3"));
    auto const directory = find("name-8");
    walk();
    walk();
    EXPECT_EQ(find("name-8").get(), directory.get());
    EXPECT_EQ(directory->parent, root_.get());
    EXPECT_EQ(root_->name_of(*directory), "name-8");
}

TEST_F(VolumeNodesTest, stay_until_their_changes_are_committed_and_are_the_same_afterwards)
{
    auto const* changed = [&] {
        auto node = find("name-7", "name-3");
        node->permissions = 0600;
        node->note_change(false);
        return node.get();
    }();
    EXPECT_TRUE(stays(changed, "name-7", "name-3"));
    ASSERT_TRUE(nodes_->sync().is_ok());
    walk();
    walk();
    EXPECT_EQ(find("name-7", "name-3")->permissions, 0600u);
}

TEST_F(VolumeNodesTest, stay_if_they_have_no_name_any_more)
{
    auto const open = find("name-7", "name-3");
    auto const number = open->inode();
    MUST(find("name-7")->remove("name-3"));
    open->links = 0;
    nodes_->names_changed(*open);
    walk(0, 7);
    walk(8, kDirectories);
    EXPECT_EQ(open->inode(), number);
    EXPECT_TRUE(nodes_->with_store([&](VolumeStore& store) { return store.inode(number); }).is_ok());
}

TEST_F(VolumeNodesTest, are_one_node_by_whichever_name)
{
    {
        auto const node = find("name-7", "name-3");
        MUST(find("name-9")->add("other", node)); // as link(2)
        ++node->links;
        node->note_change(false);
    }
    for (int round = 0; round < 2; ++round) {
        walk();
        walk();
        auto const one = find("name-7", "name-3");
        EXPECT_EQ(find("name-9", "other").get(), one.get());
        walk();
        EXPECT_EQ(find("name-9", "other").get(), one.get()) << "with one of them in use";
        ASSERT_TRUE(nodes_->sync().is_ok());
    }
}

TEST_F(VolumeNodesTest, leave_the_store_too)
{
    walk();
    walk();
    auto const kept = nodes_->with_store([](VolumeStore& store) { return store.inodes_in_memory(); });
    EXPECT_LT(kept, 400u) << "of " << kDirectories * kFiles;
}

} // namespace
