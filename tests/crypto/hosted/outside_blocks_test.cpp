// Blocks of files that lie outside the enclave, and a host that looks and changes.
#include "enclave/fs/ephemeral/outside_blocks.h"
#include "enclave/hostcall/arena.h"
#include "enclave/hostcall/log.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <sys/mman.h>

namespace farl {

// What the layers above the boundary supply: here nobody waits, and nobody reads the log.
void Mutex::lock() { }
void Mutex::unlock() { }
Log::Log(LogLevel) : buffer_ {}, text_(buffer_), is_enabled_(false) { }
Log::~Log() { }

} // namespace farl

using namespace farl;

namespace {

constexpr size_t kSize = OutsideBlocks::kBlockSize;
using Bytes = std::array<std::byte, kSize>;

Bytes filled(char with)
{
    Bytes bytes;
    bytes.fill(std::byte(with));
    return bytes;
}

// The host's memory, all of which is lent to the enclave.
std::span<std::byte> outside()
{
    static auto const memory = [] {
        constexpr size_t kArena = 8 << 20;
        auto* mapped = mmap(nullptr, kArena, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        MUST(host_arena().initialise(reinterpret_cast<uint64_t>(mapped), kArena));
        return std::span(static_cast<std::byte*>(mapped), kArena);
    }();
    return memory;
}

class OutsideBlocksTest : public testing::Test {
protected:
    OutsideBlocksTest() { outside(); }

    std::span<std::byte> place_of(OutsideBlocks::Block const& block)
    {
        return { reinterpret_cast<std::byte*>(block.place.value()), kSize };
    }
    bool gives(OutsideBlocks::Block const& block, Bytes const& expected)
    {
        Bytes bytes;
        return blocks.get(block, bytes).is_ok() && bytes == expected;
    }

    OutsideBlocks blocks { AesGcm::Key {} };
};

} // namespace

TEST_F(OutsideBlocksTest, give_back_what_was_put_there_and_show_nothing_of_it)
{
    auto const one = MUST(blocks.put(filled('a'))), two = MUST(blocks.put(filled('a')));
    EXPECT_TRUE(gives(*one, filled('a')));
    EXPECT_TRUE(gives(*two, filled('a')));
    EXPECT_LT(std::ranges::count(place_of(*one), std::byte { 'a' }), 100);
    EXPECT_FALSE(std::ranges::equal(place_of(*one), place_of(*two)));
}

TEST_F(OutsideBlocksTest, each_bit_changed_outside_is_noticed)
{
    auto const block = MUST(blocks.put(filled('b')));
    for (size_t i = 0; i < kSize; ++i) {
        place_of(*block)[i] ^= std::byte { 1 };
        EXPECT_FALSE(gives(*block, filled('b'))) << i;
        place_of(*block)[i] ^= std::byte { 1 };
    }
    EXPECT_TRUE(gives(*block, filled('b')));
}

TEST_F(OutsideBlocksTest, neither_an_older_block_nor_another_s_is_taken)
{
    auto one = MUST(blocks.put(filled('1')));
    auto const two = MUST(blocks.put(filled('2')));
    Bytes old;
    std::ranges::copy(place_of(*one), old.begin());
    std::ranges::copy(place_of(*two), place_of(*one).begin());
    EXPECT_FALSE(gives(*one, filled('1')));
    EXPECT_FALSE(gives(*one, filled('2')));

    auto const place = place_of(*one);
    blocks.drop(std::move(one));
    auto const newer = MUST(blocks.put(filled('3')));
    ASSERT_EQ(place_of(*newer).data(), place.data()) << "the place is used again";
    EXPECT_TRUE(gives(*newer, filled('3')));
    std::ranges::copy(old, place.begin());
    EXPECT_FALSE(gives(*newer, filled('3')));
}

TEST_F(OutsideBlocksTest, places_are_used_again_and_run_out_only_if_the_host_s_memory_does)
{
    std::vector<Owned<OutsideBlocks::Block>> kept;
    size_t most = 0;
    for (auto block = blocks.put(filled('c')); block.is_ok(); block = blocks.put(filled('c')))
        kept.push_back(block.release_value());
    most = kept.size();
    EXPECT_GT(most, 500u);
    for (auto& block : kept)
        blocks.drop(std::move(block));
    for (size_t i = 0; i < most; ++i)
        ASSERT_TRUE(blocks.put(filled('d')).is_ok()) << i;
}
