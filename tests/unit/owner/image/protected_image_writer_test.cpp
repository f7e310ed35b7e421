#include "owner/image/protected_image_writer.h"

#include "owner/image/seal_tree_writer.h"
#include "owner/launch/user_error.h"
#include "tests/unit/owner/image/sample_image.h"

#include <gtest/gtest.h>

namespace farl::owner {

namespace {

using formats::ContentKind;
using formats::Fspf;
using formats::FspfNode;

class Opened {
public:
    Opened(SampleImage const& image, ImageSeal const& seal)
        : payload_(open_sealed_fspf(image.fspf(), seal.key, seal.tag).value()),
          fspf(Fspf::parse(std::as_bytes(payload_.readable())).release_value())
    {
    }

    uint32_t number(std::string_view path) const
    {
        uint32_t number = Fspf::kRoot;
        while (!path.empty()) {
            auto const end = std::min(path.find('/', 1), path.size());
            number = MUST(fspf.find(fspf.node(number), path.substr(1, end - 1)));
            path.remove_prefix(end);
        }
        return number;
    }
    FspfNode node(std::string_view path) const { return fspf.node(number(path)); }

private:
    Secret payload_;

public:
    Fspf fspf;
};

// Seals a file's plain contents again, block by block, and compares with what is stored: data and tree.
void expect_sealed(SampleImage const& image, FspfNode const& node, std::string const& plain, std::string const& stored)
{
    TemporaryDirectory directory;
    auto trees = OutputFile::create(directory.path() + "/trees");
    BlockSealer sealer(
        node.kind, Secret { std::string_view { reinterpret_cast<char const*>(node.key), 32 } }, node.size);
    SealTreeWriter seals(sealer, node.size, trees, 0);
    formats::SealTree const tree(node.size);
    trees.resize(tree.size());
    auto const data = contents_of(image.path(stored));
    for (uint64_t index = 0; index < tree.block_count(); ++index) {
        std::array<std::byte, formats::kSealedBlockSize> block {};
        auto const offset = index * block.size();
        auto const size = std::min(block.size(), plain.size() - offset);
        std::memcpy(block.data(), plain.data() + offset, size);
        seals.add(sealer.seal(0, index, block));
        if (node.kind == ContentKind::Encrypted) {
            ASSERT_EQ(std::memcmp(block.data(), data.data() + offset, block.size()), 0) << index;
        }
    }
    EXPECT_EQ(seals.root(), node.root);
    auto const all_trees = contents_of(image.path(formats::kTreesPath));
    auto const own_trees = contents_of(directory.path() + "/trees");
    ASSERT_LE(node.tree_offset + own_trees.size(), all_trees.size());
    EXPECT_TRUE(std::equal(
        own_trees.begin(), own_trees.end(), all_trees.begin() + static_cast<std::ptrdiff_t>(node.tree_offset)));
}

std::string all_bytes(SampleImage const& image)
{
    std::string all;
    for (auto const& item : std::filesystem::recursive_directory_iterator(image.path("")))
        if (item.is_regular_file())
            for (auto byte : contents_of(item.path()))
                all += static_cast<char>(byte);
    return all;
}

} // namespace

TEST(protected_image_writer, metadata_links_and_names_are_in_the_fspf)
{
    RandomImageKeys keys;
    SampleImage image(keys);
    Opened opened(image, image.writer().finish());
    auto const motd = opened.node("/etc/motd");
    EXPECT_EQ(motd.mode, S_IFREG | 0644u);
    EXPECT_EQ(motd.uid, 1u);
    EXPECT_EQ(motd.gid, 2u);
    EXPECT_EQ(motd.size, 8u);
    EXPECT_EQ(opened.fspf.text(motd.text), "/etc/motd");
    EXPECT_EQ(opened.node("/etc").modified_s, -5);
    EXPECT_EQ(opened.node("/etc").modified_ns, 7u);
    EXPECT_EQ(opened.fspf.text(opened.node("/etc/link").text), "../secret/key");
    EXPECT_EQ(opened.number("/tmp/key"), opened.number("/secret/key"));
    EXPECT_EQ(opened.node("/tmp/key").links, 2u);
    EXPECT_EQ(opened.node("/null").device.minor, 3u);
    EXPECT_EQ(opened.node("/secret").mode, S_IFDIR | 0755u);
    EXPECT_EQ(opened.fspf.patch_table_of(opened.number("/etc/motd")).size(), 5u);
    EXPECT_EQ(opened.fspf.patch_table_of(opened.number("/etc/large")).size(), 5u);
    EXPECT_TRUE(opened.fspf.patch_table_of(opened.number("/etc/empty")).empty());
    auto const attributes = opened.fspf.attributes_of(opened.number("/secret/key"));
    ASSERT_EQ(attributes.end - attributes.first, 2u);
    EXPECT_EQ(opened.fspf.text(opened.fspf.attribute(attributes.first).name), "user.a");
}

TEST(protected_image_writer, contents_are_sealed_block_by_block_as_the_format_says)
{
    RandomImageKeys keys;
    SampleImage image(keys);
    Opened opened(image, image.writer().finish());
    auto const secret = opened.node("/secret/large"), open = opened.node("/etc/large");
    EXPECT_EQ(secret.kind, ContentKind::Encrypted);
    EXPECT_EQ(open.kind, ContentKind::Authenticated);
    auto const text = long_text(SampleImage::kLargeSize);
    expect_sealed(image, secret, text, stored_data_path(secret.data_number));
    expect_sealed(image, open, text, "/.farl/trees");
    expect_sealed(
        image, opened.node("/secret/key"), "open sesame", stored_data_path(opened.node("/secret/key").data_number));
    EXPECT_EQ(opened.node("/secret/public/x").kind, ContentKind::Authenticated);
}

TEST(protected_image_writer, nothing_of_an_encrypted_file_is_stored_in_clear)
{
    RandomImageKeys keys;
    SampleImage image(keys);
    (void)image.writer().finish();
    auto const stored = all_bytes(image);
    for (auto const* word : { "sesame", "line 1", "secret", "large", "motd" }) // long enough not to be there by chance
        EXPECT_EQ(stored.find(word), std::string::npos) << word;
}

TEST(protected_image_writer, blocks_of_zeros_are_holes_whatever_the_kind)
{
    RandomImageKeys keys;
    SampleImage image(keys);
    std::string const zeros(formats::kSealFanOut * 3 * formats::kSealedBlockSize, '\0');
    image.add("/secret/zeros", zeros, {});
    image.add("/etc/zeros", zeros + "x", {});
    Opened opened(image, image.writer().finish());
    auto const node = opened.node("/secret/zeros");
    EXPECT_TRUE(formats::is_hole(node.root));
    EXPECT_FALSE(formats::is_hole(opened.node("/etc/zeros").root));
    auto const data = image.path(stored_data_path(node.data_number));
    EXPECT_EQ(std::filesystem::file_size(data), zeros.size());
    struct stat status { };
    ASSERT_EQ(stat(data.c_str(), &status), 0);
    EXPECT_EQ(status.st_blocks, 0);
}

TEST(protected_image_writer, the_fspf_opens_with_its_key_and_tag_only)
{
    RandomImageKeys keys;
    SampleImage image(keys);
    auto const seal = image.writer().finish();
    auto file = image.fspf();
    auto other = seal;
    other.tag[0] ^= std::byte { 1 };
    EXPECT_FALSE(open_sealed_fspf(file, seal.key, other.tag));
    EXPECT_FALSE(open_sealed_fspf(file, keys.file_key("/"), seal.tag));
    EXPECT_FALSE(open_signed_fspf(file));
    for (size_t i = 0; i < file.size(); ++i) {
        file[i] ^= std::byte { 0x10 };
        EXPECT_FALSE(open_sealed_fspf(file, seal.key, seal.tag)) << i;
        file[i] ^= std::byte { 0x10 };
    }
    EXPECT_TRUE(open_sealed_fspf(file, seal.key, seal.tag));
}

TEST(protected_image_writer, derived_keys_make_the_same_image_again_and_another_for_other_input)
{
    auto build = [](char digest) {
        std::array<std::byte, 32> const input { std::byte(digest) };
        DerivedImageKeys keys(Secret { std::string_view("master secret") }, input);
        SampleImage image(keys);
        auto const seal = image.writer().finish();
        return all_bytes(image) + std::string(seal.key.reveal());
    };
    EXPECT_EQ(build('a'), build('a'));
    EXPECT_NE(build('a'), build('b'));
}

TEST(protected_image_writer, a_signed_fspf_says_who_signed_it_and_cannot_be_changed)
{
    RandomImageKeys keys;
    TemporaryDirectory directory;
    ProtectedImageWriter writer(directory.path(), ImageRegions {}, keys);
    writer.add_file("/a", { .permissions = 0644 }, 3, source_of("abc"));
    auto const signer = Ed25519Key::generate();
    writer.finish_signed(signer);
    auto file = contents_of(directory.path() + "/.farl/fspf");
    auto const opened = open_signed_fspf(file);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->signer, signer.point());
    EXPECT_TRUE(Fspf::parse(opened->payload).is_ok());
    for (size_t i = 0; i < file.size(); ++i) {
        file[i] ^= std::byte { 1 };
        EXPECT_FALSE(open_signed_fspf(file)) << i;
        file[i] ^= std::byte { 1 };
    }
}

TEST(protected_image_writer, an_image_with_secrets_is_not_published_signed)
{
    RandomImageKeys keys;
    SampleImage image(keys);
    EXPECT_THROW(image.writer().finish_signed(Ed25519Key::generate()), UserError);
}

TEST(protected_image_writer, what_an_image_cannot_hold_is_refused)
{
    RandomImageKeys keys;
    SampleImage image(keys);
    for (auto const* path :
        { "", "a", "/", "//a", "/a/", "/a/../b", "/.", "/.farl", "/.farl/fspf", "/data/x", "/etc/motd", "/etc/motd/x" })
        EXPECT_THROW(image.add(path, "x", {}), UserError) << path;
    EXPECT_THROW(image.add("/" + std::string(256, 'n'), "x", {}), UserError);
    EXPECT_THROW(image.add("/mode", "x", { .permissions = 010000 }), UserError);
    EXPECT_THROW(image.writer().add_hard_link("/secret/motd", "/etc/motd"), UserError);
    EXPECT_THROW(image.writer().add_hard_link("/x", "/etc"), UserError);
    EXPECT_THROW(image.writer().add_hard_link("/x", "/nothing"), UserError);
    EXPECT_THROW(image.writer().add_symbolic_link("/x", "", {}), UserError);
    EXPECT_THROW(ImageRegions(formats::RegionKind::Unprotected), UserError);
}

} // namespace farl::owner
