// What owner/image writes, read as the enclave does, with a host that changes it.
#include "enclave/fs/shield/sealed_file.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace farl;
using formats::kSealedBlockSize;
using Bytes = std::vector<std::byte>;

namespace {

Bytes contents_of(std::filesystem::path const& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string const text((std::istreambuf_iterator<char>(file)), {});
    auto const bytes = std::as_bytes(std::span(text));
    return { bytes.begin(), bytes.end() };
}

Bytes bytes_from_hex(std::string_view text)
{
    Bytes bytes;
    for (size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<std::byte>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
    return bytes;
}

// As the host has it.
struct Stored final : StoredFile {
    Bytes bytes;
    bool is_absent { false };
    struct Report {
        Tampering what;
        uint32_t level;
        uint64_t index;
    };
    std::vector<Report> reports;
    size_t read_count { 0 };

    explicit Stored(Bytes bytes) : bytes(std::move(bytes)) { }
    Result<size_t> read(uint64_t offset, std::span<std::byte> to) override
    {
        ++read_count;
        if (is_absent)
            return Errno::Enoent;
        auto const from = std::min<uint64_t>(offset, bytes.size());
        auto const size = std::min<uint64_t>(to.size(), bytes.size() - from);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(from), size, to.begin());
        return size;
    }
    void report(Tampering what, uint32_t level, uint64_t index) override { reports.push_back({ what, level, index }); }
};

// Files of one block, of one level of nodes and of two; the same bytes in clear and encrypted, and another encrypted
// one.
class Image {
public:
    Image()
    {
        auto const base = std::filesystem::temp_directory_path() / ("farl-sealed-" + std::to_string(getpid()));
        std::filesystem::create_directories(base / "tree/secret");
        std::mt19937_64 random(5);
        auto write = [&](std::string const& name, size_t size) {
            Bytes plain(size);
            std::ranges::generate(plain, [&] { return static_cast<std::byte>(random()); });
            std::ofstream(base / "tree" / name, std::ios::binary)
                .write(reinterpret_cast<char const*>(plain.data()), static_cast<std::streamsize>(size));
            plains_["/" + name] = std::move(plain);
        };
        for (std::string const folder : { "", "secret/" }) {
            write(folder + "one", 100);
            write(folder + "some", 9 * kSealedBlockSize + 1);
            write(folder + "many", 300 * kSealedBlockSize - 5);
        }
        write("secret/other", 300 * kSealedBlockSize - 5);
        auto const command = std::string(FARL_TEST_MAKE_IMAGE) + " " + (base / "out").string()
            + " --encrypted /secret --tree " + (base / "tree").string();
        open(base / "out", command);
        std::filesystem::remove_all(base);
    }

    std::vector<std::string> names() const
    {
        std::vector<std::string> names;
        for (auto const& [name, plain] : plains_)
            names.push_back(name);
        return names;
    }
    Bytes const& plain(std::string const& name) const { return plains_.at(name); }
    Bytes const& stored(std::string const& name) const { return stored_.at(name); }
    Bytes const& trees() const { return trees_; }
    formats::FspfNode node(std::string const& name) const { return nodes_.at(name); }

    std::string fspf_text;

private:
    void open(std::filesystem::path const& out, std::string const& command)
    {
        char line[200] {};
        auto* pipe = popen(command.c_str(), "r");
        ASSERT_TRUE(fgets(line, sizeof(line), pipe));
        ASSERT_EQ(pclose(pipe), 0);
        auto file = contents_of(out / "./.farl/fspf");
        auto const key = bytes_from_hex(std::string_view(line, 64)),
                   tag = bytes_from_hex(std::string_view(line + 65, 32));
        auto const header = MUST(formats::parse_fspf_header(file, file.size()));
        AesGcm cipher { AesGcm::Key(std::span<std::byte const, 32>(key)) };
        AesGcm::Nonce nonce;
        AesGcm::Tag expected;
        memcpy(nonce.data(), header.nonce, nonce.size());
        std::ranges::copy(tag, expected.begin());
        auto payload = std::span(file).subspan(sizeof(header));
        ASSERT_TRUE(cipher.open(nonce, std::span(file).first(sizeof(header)), payload, expected, payload).is_ok());
        auto const fspf = MUST(formats::Fspf::parse(payload));
        trees_ = contents_of(out / "./.farl/trees");
        for (auto const& [name, plain] : plains_) {
            auto directory = fspf.node(0);
            auto rest = std::string_view(name).substr(1);
            if (rest.starts_with("secret/")) {
                directory = fspf.node(MUST(fspf.find(directory, "secret")));
                rest.remove_prefix(7);
            }
            auto const node = fspf.node(MUST(fspf.find(directory, rest)));
            char data[40];
            snprintf(data, sizeof(data), ".farl/data/%016lx", node.data_number);
            bool is_encrypted = node.kind == formats::ContentKind::Encrypted;
            nodes_[name] = node;
            stored_[name] = contents_of(out / (is_encrypted ? data : name.substr(1)));
        }
    }

    std::map<std::string, Bytes> plains_, stored_;
    std::map<std::string, formats::FspfNode> nodes_;
    Bytes trees_;
};

Image const& image()
{
    static Image const image;
    return image;
}

// One file, opened anew, on a host that a test may change first.
struct Opened {
    explicit Opened(std::string const& name, uint64_t cache_size = 64 * kSealedBlockSize)
        : plain(image().plain(name)),
          cache(MUST(BlockCache::create(cache_size))),
          data(new Stored(image().stored(name))),
          trees(image().trees()),
          file(image().node(name), 1, Owned<StoredFile>(data), trees, *cache)
    {
    }

    bool is_right(uint64_t index, CachedBlock const& block) const
    {
        auto const offset = index * kSealedBlockSize;
        auto const size = std::min<uint64_t>(kSealedBlockSize, plain.size() - offset);
        return memcmp(block.bytes().data(), plain.data() + offset, size) == 0
            && std::all_of(block.bytes().begin() + static_cast<std::ptrdiff_t>(size), block.bytes().end(),
                [](std::byte byte) { return byte == std::byte { 0 }; });
    }
    bool reads_right(uint64_t index, uint64_t wanted = 1)
    {
        auto block = file.block(index, wanted);
        return block.is_ok() && is_right(index, *block.value());
    }
    bool is_refused(uint64_t index)
    {
        auto block = file.block(index);
        return block.is_error() && block.error() == Errno::Eio;
    }

    Bytes const& plain;
    Owned<BlockCache> cache;
    Stored* data;
    Stored trees;
    SealedFile file;
};

} // namespace

TEST(SealedFile, gives_what_was_sealed_in_any_order_and_amount)
{
    for (auto const& name : image().names())
        for (uint64_t wanted : { 1, 3, 1000 }) {
            Opened opened(name);
            auto const count = opened.file.block_count();
            for (uint64_t i = 0; i < count; ++i)
                EXPECT_TRUE(opened.reads_right(i, wanted)) << name << i;
            for (uint64_t i = count; i-- > 0;)
                EXPECT_TRUE(opened.reads_right(i, wanted)) << name << i;
            EXPECT_TRUE(opened.data->reports.empty());
        }
}

TEST(SealedFile, reads_nothing_before_it_is_wanted_and_a_cached_block_only_once)
{
    Opened opened("/secret/many");
    EXPECT_EQ(opened.data->read_count + opened.trees.read_count, 0u);
    EXPECT_TRUE(opened.reads_right(200));
    EXPECT_EQ(opened.data->read_count, 1u);
    EXPECT_EQ(opened.trees.read_count, 2u); // one node of each level
    EXPECT_TRUE(opened.reads_right(200));
    EXPECT_EQ(opened.data->read_count + opened.trees.read_count, 3u);
    EXPECT_TRUE(opened.reads_right(201)); // read ahead from here on
    EXPECT_TRUE(opened.reads_right(208));
    EXPECT_EQ(opened.data->read_count, 2u);
}

TEST(SealedFile, tells_once_what_is_wrong_with_which_block)
{
    for (std::string const name : { "/many", "/secret/many" }) {
        Opened opened(name);
        opened.data->bytes[150 * kSealedBlockSize + 77] ^= std::byte { 4 };
        EXPECT_TRUE(opened.reads_right(149, 8));
        EXPECT_TRUE(opened.data->reports.empty()) << "nobody has wanted it yet";
        EXPECT_TRUE(opened.is_refused(150));
        EXPECT_TRUE(opened.is_refused(150));
        ASSERT_EQ(opened.data->reports.size(), 1u);
        EXPECT_EQ(opened.data->reports[0].what, Tampering::Changed);
        EXPECT_EQ(opened.data->reports[0].index, 150u);
        EXPECT_TRUE(opened.reads_right(151));
        opened.data->bytes.resize(200 * kSealedBlockSize + 1);
        EXPECT_TRUE(opened.is_refused(200));
        EXPECT_EQ(opened.data->reports.back().what, Tampering::Missing);
        opened.data->is_absent = true;
        EXPECT_TRUE(opened.is_refused(250));
        EXPECT_EQ(opened.data->reports.back().what, Tampering::Absent);
    }
}

TEST(SealedFile, refuses_each_byte_of_a_node_of_its_tree_changed)
{
    for (std::string const name : { "/some", "/secret/some" }) {
        auto const offset = image().node(name).tree_offset;
        for (size_t i = 0; i < kSealedBlockSize; ++i) {
            Opened opened(name);
            opened.trees.bytes[offset + i] ^= std::byte { 0x20 };
            EXPECT_TRUE(opened.is_refused(i % 10));
            ASSERT_EQ(opened.data->reports.size(), 1u);
            EXPECT_EQ(opened.data->reports[0].level, 1u);
        }
    }
}

TEST(SealedFile, refuses_another_file_of_the_same_size_and_the_same_bytes_under_another_key)
{
    Opened other("/secret/many");
    other.data->bytes = image().stored("/secret/other");
    EXPECT_TRUE(other.is_refused(3));
    Opened clear("/secret/many");
    clear.data->bytes = image().plain("/secret/many");
    EXPECT_TRUE(clear.is_refused(3));
}

TEST(SealedFile, what_lies_behind_its_end_is_not_looked_at)
{
    for (auto const& name : image().names()) {
        Opened opened(name);
        opened.data->bytes.resize(opened.data->bytes.size() + 3 * kSealedBlockSize, std::byte { 'x' });
        auto const last = opened.file.block_count() - 1;
        EXPECT_TRUE(opened.reads_right(last)) << name;
    }
}

// Whatever the host does: the bytes that were sealed, or EIO.
TEST(SealedFile, is_right_or_refused_after_each_of_100000_random_tamperings)
{
    std::mt19937_64 random(20261127);
    auto below = [&](uint64_t end) { return random() % end; };
    auto const names = image().names();
    size_t refused = 0;
    for (int round = 0; round < 100'000; ++round) {
        auto const& name = names[below(names.size())];
        Opened opened(name, kSealedBlockSize);
        auto const count = opened.file.block_count();
        auto& bytes = below(4) && !opened.data->bytes.empty() ? opened.data->bytes : opened.trees.bytes;
        auto const blocks = std::max<uint64_t>(1, bytes.size() / kSealedBlockSize);
        auto const one = below(blocks) * kSealedBlockSize, two = below(blocks) * kSealedBlockSize;
        auto const size = std::min<uint64_t>(kSealedBlockSize, bytes.size() - std::max(one, two));
        auto at = [&](uint64_t offset) { return bytes.begin() + static_cast<std::ptrdiff_t>(offset); };
        auto wanted = below(2) ? one / kSealedBlockSize % count : below(count);
        switch (below(7)) {
        case 0:
            bytes[below(bytes.size())] ^= static_cast<std::byte>(1u << below(8));
            break;
        case 1:
            bytes.resize(below(bytes.size()));
            break;
        case 2:
            std::swap_ranges(at(one), at(one + size), at(two));
            break;
        case 3:
            std::copy_n(at(one), size, at(two));
            break;
        case 4:
            std::fill(at(one), at(one + size), std::byte { 0 });
            break;
        case 5:
            bytes = image().stored(names[below(names.size())]);
            break;
        case 6:
            bytes.insert(at(one), kSealedBlockSize, std::byte { 1 });
            break;
        }
        auto block = opened.file.block(wanted, 1 + below(8));
        if (block.is_ok())
            ASSERT_TRUE(opened.is_right(wanted, *block.value())) << name << " round " << round;
        else
            ASSERT_EQ(block.error(), Errno::Eio);
        refused += block.is_error();
    }
    EXPECT_GT(refused, 20'000u);
    EXPECT_LT(refused, 90'000u);
}

TEST(BlockCache, keeps_no_more_than_it_may_and_what_is_used)
{
    auto cache = MUST(BlockCache::create(64 * kSealedBlockSize));
    EXPECT_EQ(cache->capacity(), 64u);
    BlockName const hot { 1, 0, 0 };
    cache->insert(hot, MUST(CachedBlock::create()));
    for (uint64_t i = 1; i < 1000; ++i) {
        EXPECT_TRUE(cache->find(hot)) << i;
        cache->insert({ 1, i, 0 }, MUST(CachedBlock::create()));
    }
    size_t kept = 0;
    for (uint64_t i = 0; i < 1000; ++i)
        kept += cache->find({ 1, i, 0 }) ? 1 : 0;
    EXPECT_EQ(kept, 64u);
    EXPECT_FALSE(cache->find({ 1, 999, 1 }));
    EXPECT_FALSE(cache->find({ 2, 999, 0 }));
}

TEST(BlockCache, is_safe_with_several_threads)
{
    auto cache = MUST(BlockCache::create(64 * kSealedBlockSize));
    auto work = [&](uint64_t seed) {
        std::mt19937_64 random(seed);
        for (int i = 0; i < 50'000; ++i) {
            BlockName const name { 1 + random() % 3, random() % 100, 0 };
            if (auto found = cache->find(name)) {
                ASSERT_EQ(found->bytes()[0], static_cast<std::byte>(name.index));
                continue;
            }
            auto block = MUST(CachedBlock::create());
            block->bytes()[0] = static_cast<std::byte>(name.index);
            cache->insert(name, block);
        }
    };
    std::thread one(work, 1), two(work, 2);
    one.join();
    two.join();
}
