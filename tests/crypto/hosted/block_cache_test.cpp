#include "enclave/fs/shield/block_cache.h"

#include <gtest/gtest.h>

using namespace farl;

namespace {

constexpr uint64_t kWays = 8, kSets = 8; // of the smallest cache

// Names that compete for the same places.
BlockName rival(uint64_t number) { return { .file = 5, .index = number * kSets }; }

struct FullCache : testing::Test {
    Owned<BlockCache> cache = BlockCache::create(0).release_value();

    void SetUp() override
    {
        ASSERT_EQ(cache->capacity(), kWays * kSets);
        for (uint64_t i = 0; i < kWays; ++i)
            insert(rival(i));
    }
    void insert(BlockName const& name) { cache->insert(name, CachedBlock::create().release_value()); }
    uint64_t count_of_first() const
    {
        uint64_t count = 0;
        for (uint64_t i = 0; i < kWays; ++i)
            count += static_cast<bool>(cache->find(rival(i)));
        return count;
    }
};

TEST_F(FullCache, gives_up_one_for_one_that_comes)
{
    insert(rival(kWays));
    EXPECT_TRUE(cache->find(rival(kWays)));
    EXPECT_EQ(count_of_first(), kWays - 1);
}

TEST_F(FullCache, gives_up_none_where_one_was_taken)
{
    EXPECT_TRUE(cache->take(rival(3)));
    EXPECT_FALSE(cache->find(rival(3)));
    insert(rival(kWays));
    EXPECT_TRUE(cache->find(rival(kWays)));
    EXPECT_EQ(count_of_first(), kWays - 1);
}

TEST_F(FullCache, has_no_part_in_what_was_taken)
{
    auto const taken = cache->take(rival(2));
    EXPECT_EQ(taken->ref_count(), 1u);
    EXPECT_FALSE(cache->take(rival(2)));
}

} // namespace
