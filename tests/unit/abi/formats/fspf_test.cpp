#include "abi/formats/fspf.h"

#include "tests/unit/owner/image/sample_image.h"

#include <gtest/gtest.h>

namespace farl::formats {

namespace {

using owner::sample_fspf_payload;
using owner::walk_fspf;

// In memory of exactly its size, where a sanitizer sees what is read beyond it.
bool is_accepted(std::vector<std::byte> const& payload)
{
    auto const exact = std::make_unique<std::byte[]>(payload.size());
    std::ranges::copy(payload, exact.get());
    auto const fspf = Fspf::parse({ exact.get(), payload.size() });
    if (fspf.is_ok())
        (void)walk_fspf(fspf.value());
    return fspf.is_ok();
}

template <typename Record>
void edit(std::vector<std::byte>& payload, size_t offset, auto change)
{
    Record record;
    std::memcpy(static_cast<void*>(&record), payload.data() + offset, sizeof(record));
    change(record);
    std::memcpy(payload.data() + offset, &record, sizeof(record));
}

class FspfTest : public testing::Test {
protected:
    std::vector<std::byte> payload = sample_fspf_payload();
    Fspf fspf = Fspf::parse(payload).release_value();
    FspfCounts counts = fspf.counts();
    size_t nodes = sizeof(FspfCounts) + counts.regions * sizeof(FspfRegion);
    size_t attributes = nodes + counts.nodes * sizeof(FspfNode);
    size_t entries = attributes + counts.attributes * sizeof(FspfAttribute) + counts.patches * sizeof(FspfPatch);

    bool accepts_with_node(uint32_t index, auto change)
    {
        auto changed = payload;
        edit<FspfNode>(changed, nodes + index * sizeof(FspfNode), change);
        return is_accepted(changed);
    }
    bool accepts_with_entry(uint32_t index, auto change)
    {
        auto changed = payload;
        edit<FspfEntry>(changed, entries + index * sizeof(FspfEntry), change);
        return is_accepted(changed);
    }
    uint32_t number(std::string_view directory, std::string_view name)
    {
        auto const parent = directory.empty() ? Fspf::kRoot : number({}, directory);
        return fspf.find(fspf.node(parent), name).value();
    }
};

} // namespace

TEST_F(FspfTest, parse_accepts_what_the_writer_wrote) { EXPECT_TRUE(is_accepted(payload)); }

TEST_F(FspfTest, parse_refuses_every_truncation)
{
    for (size_t size = 0; size < payload.size(); ++size)
        EXPECT_FALSE(is_accepted({ payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size) })) << size;
}

TEST_F(FspfTest, parse_refuses_bytes_behind_the_end)
{
    payload.push_back({});
    EXPECT_FALSE(is_accepted(payload));
}

TEST_F(FspfTest, every_byte_in_all_its_values_is_refused_or_harmless)
{
    size_t accepted = 0;
    for (size_t i = 0; i < payload.size(); ++i) {
        auto const original = payload[i];
        for (int value = 0; value < 256; ++value) {
            payload[i] = static_cast<std::byte>(value);
            accepted += is_accepted(payload);
        }
        payload[i] = original;
    }
    EXPECT_GT(accepted, payload.size()); // keys, times and the like may be anything
}

TEST_F(FspfTest, parse_refuses_a_directory_in_two_places)
{
    auto const directory = number({}, "etc");
    EXPECT_FALSE(accepts_with_entry(fspf.node(Fspf::kRoot).entries.count - 1, [&](auto& e) { e.node = directory; }));
}

TEST_F(FspfTest, parse_refuses_a_directory_in_itself)
{
    auto const first = fspf.node(number({}, "etc")).entries.first;
    EXPECT_FALSE(accepts_with_entry(first, [&](auto& e) { e.node = number({}, "etc"); }));
    EXPECT_FALSE(accepts_with_entry(first, [&](auto& e) { e.node = Fspf::kRoot; }));
}

TEST_F(FspfTest, parse_refuses_a_second_name_of_a_file_with_one_link)
{
    EXPECT_FALSE(
        accepts_with_entry(fspf.node(number({}, "etc")).entries.first, [&](auto& e) { e.node = number({}, "null"); }));
}

TEST_F(FspfTest, parse_refuses_names_out_of_order_and_names_that_lead_elsewhere)
{
    auto const first = fspf.node(Fspf::kRoot).entries.first;
    auto swapped = payload;
    auto const a = fspf.entry(first), b = fspf.entry(first + 1);
    edit<FspfEntry>(swapped, entries + first * sizeof(FspfEntry), [&](auto& e) { e.name = b.name; });
    edit<FspfEntry>(swapped, entries + (first + 1) * sizeof(FspfEntry), [&](auto& e) { e.name = a.name; });
    EXPECT_FALSE(is_accepted(swapped));

    auto const target = fspf.node(number("etc", "link")).text; // "../secret/key"
    for (uint32_t size : { 0u, 1u, 2u, 4u })
        EXPECT_FALSE(accepts_with_entry(first, [&](auto& e) { e.name = { target.offset, size }; })) << size;
}

TEST_F(FspfTest, parse_refuses_contents_that_do_not_fit_the_kind_of_file)
{
    auto const large = number("etc", "large"), empty = number("etc", "empty"), link = number("etc", "link");
    EXPECT_FALSE(accepts_with_node(large, [](auto& n) { n.kind = ContentKind::None; }));
    EXPECT_FALSE(accepts_with_node(large, [](auto& n) { n.kind = ContentKind { 1 }; }));
    EXPECT_FALSE(accepts_with_node(large, [](auto& n) { n.tree_offset += 1; }));
    EXPECT_FALSE(accepts_with_node(large, [&](auto& n) { n.tree_offset = counts.trees_size; }));
    EXPECT_FALSE(accepts_with_node(large, [](auto& n) { n.size = kLargestSealedFile; }));
    EXPECT_FALSE(accepts_with_node(large, [](auto& n) { n.size = ~0ull; }));
    EXPECT_FALSE(accepts_with_node(large, [](auto& n) { n.key[31] = std::byte { 1 }; }));
    EXPECT_FALSE(accepts_with_node(empty, [](auto& n) { n.kind = ContentKind::Authenticated; }));
    EXPECT_FALSE(accepts_with_node(empty, [](auto& n) { n.root[0] = std::byte { 1 }; }));
    EXPECT_FALSE(accepts_with_node(link, [](auto& n) { n.size += 1; }));
    EXPECT_FALSE(accepts_with_node(link, [](auto& n) { n.mode = 0; }));
    EXPECT_FALSE(accepts_with_node(Fspf::kRoot, [](auto& n) { n.links += 1; }));
}

TEST_F(FspfTest, find_tells_what_is_not_there)
{
    auto const directory = fspf.node(number({}, "etc"));
    EXPECT_EQ(fspf.find(directory, "mot").error(), Errno::Enoent);
    EXPECT_EQ(fspf.find(directory, "motdd").error(), Errno::Enoent);
    EXPECT_EQ(fspf.find(directory, "").error(), Errno::Enoent);
    EXPECT_EQ(fspf.find(directory, "zzz").error(), Errno::Enoent);
}

TEST_F(FspfTest, region_of_goes_by_the_longest_prefix)
{
    EXPECT_EQ(fspf.region_of("/"), RegionKind::Authenticated);
    EXPECT_EQ(fspf.region_of("/secret"), RegionKind::Encrypted);
    EXPECT_EQ(fspf.region_of("/secrets"), RegionKind::Authenticated);
    EXPECT_EQ(fspf.region_of("/secret/a"), RegionKind::Encrypted);
    EXPECT_EQ(fspf.region_of("/secret/public/a"), RegionKind::Authenticated);
    EXPECT_EQ(fspf.region_of("/data/a"), RegionKind::Unprotected);
}

TEST(fspf_header, is_refused_unless_the_file_has_its_size)
{
    owner::RandomImageKeys keys;
    owner::SampleImage image(keys);
    (void)image.writer().finish();
    auto const file = image.fspf();
    EXPECT_TRUE(parse_fspf_header(file, file.size()).is_ok());
    EXPECT_FALSE(parse_fspf_header(file, file.size() - 1).is_ok());
    EXPECT_FALSE(parse_fspf_header(file, file.size() + 1).is_ok());
    EXPECT_FALSE(parse_fspf_header(Bytes(file).first(63), file.size()).is_ok());
}

} // namespace farl::formats
