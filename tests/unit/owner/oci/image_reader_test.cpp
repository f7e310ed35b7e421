#include "owner/oci/flattened_image.h"

#include "owner/launch/user_error.h"
#include "owner/oci/image_defect.h"
#include "owner/oci/image_json_writer.h"
#include "owner/oci/layer_writer.h"
#include "tests/unit/owner/launch/temporary_directory.h"
#include "tests/unit/owner/oci/layer_bytes.h"

#include <gtest/gtest.h>

namespace farl::owner {
namespace {

namespace fs = std::filesystem;

void add_file(TarWriter& tar, std::string const& path, std::string_view contents)
{
    tar.add(path, { .mode = 0644, .size = contents.size() });
    tar.write(std::as_bytes(std::span(contents)));
}

class Images : public testing::Test {
protected:
    std::string place(std::string const& name) const { return directory.path() + "/" + name; }

    // Two layers: /greeting, then /greeting again and /big.
    void write_image(std::string const& path) const
    {
        LayoutWriter layout(path);
        ImageConfig config { .entrypoint = { "/bin/cat" }, .command = { "/greeting" } };
        Manifest manifest;
        for (std::string const greeting : { "hello", "good day" }) {
            LayerWriter layer(layout);
            add_file(layer.tar(), "greeting", greeting);
            if (greeting == "good day")
                add_file(layer.tar(), "big", std::string(300'000, 'b'));
            auto const done = layer.finish();
            manifest.layers.push_back(done.blob);
            config.diff_ids.push_back(done.diff_id);
        }
        manifest.config = layout.add_blob("application/vnd.oci.image.config.v1+json", image_config_json(config));
        layout.write_manifest(manifest);
        layout.commit();
    }

    // As older versions of `docker save` do it: uncompressed layers, the second one as a link.
    std::string write_saved(std::string const& layer, std::string const& compression = "") const
    {
        MemorySink sink;
        TarWriter tar(sink);
        ImageConfig config { .command = { "sh" }, .diff_ids = { digest_of(layer) } };
        auto const json = image_config_json(config);
        add_file(tar, digest_of(json).substr(7) + ".json", json);
        add_file(tar, "1111/layer.tar", layer);
        tar.add("2222/layer.tar", { .type = FileType::Symlink, .mode = 0777, .link_target = "../1111/layer.tar" });
        add_file(tar, "manifest.json",
            R"([{"Config":")" + digest_of(json).substr(7) + R"(.json","RepoTags":null,"Layers":["2222/layer.tar"]}])");
        tar.finish();
        directory.write("saved.tar", sink.text);
        if (!compression.empty() && system((compression + " " + place("saved.tar")).c_str()) != 0)
            throw std::runtime_error(compression);
        return place("saved.tar");
    }

    static std::string contents_of(std::string const& path, std::string const& file)
    {
        ImageReader image(path);
        FlattenedImage flattened(image, {});
        std::string contents = "(none)";
        flattened.visit_contents([&](FileTree::NodeId id, LayerReader& pieces) {
            if (flattened.tree().node(id).path != file)
                return;
            contents.clear();
            while (auto piece = pieces.next_piece())
                contents.append(reinterpret_cast<char const*>(piece->bytes.data()), piece->bytes.size());
        });
        return contents;
    }

    static std::string defect_of(std::string const& path)
    {
        try {
            ImageReader image(path);
            FlattenedImage flattened(image, {});
        } catch (std::exception const& defect) {
            return defect.what();
        }
        return "";
    }

    static std::string second_layer(std::string const& layout)
    {
        return layout + "/" + ImageReader(layout).layer(1).member;
    }

    TemporaryDirectory directory;
};

TEST_F(Images, a_layout_is_read_as_it_was_written)
{
    write_image(place("image"));
    ImageReader image(place("image"));
    EXPECT_EQ(image.config().entrypoint, std::vector<std::string> { "/bin/cat" });
    EXPECT_EQ(image.layer_count(), 2u);
    EXPECT_EQ(contents_of(place("image"), "greeting"), "good day");
    EXPECT_EQ(contents_of(place("image"), "big"), std::string(300'000, 'b'));
}

TEST_F(Images, an_archive_is_read_as_it_was_written)
{
    write_image(place("image.tar"));
    EXPECT_EQ(contents_of(place("image.tar"), "greeting"), "good day");
    EXPECT_FALSE(fs::exists(place("image"))) << "what it was made of is left";
    EXPECT_EQ(std::distance(fs::directory_iterator(directory.path()), {}), 1);
}

TEST_F(Images, the_same_image_has_the_same_bytes)
{
    for (std::string const name : { "one.tar", "two.tar" })
        write_image(place(name));
    auto read = [&](std::string const& name) {
        std::ifstream file(place(name), std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    EXPECT_TRUE(read("one.tar") == read("two.tar"));
}

TEST_F(Images, what_is_there_is_never_overwritten)
{
    write_image(place("image"));
    EXPECT_THROW(LayoutWriter(place("image")), UserError);
}

TEST_F(Images, saved_images_are_read_whatever_compresses_them)
{
    LayerBytes layer;
    layer.file("a", "saved");
    auto const bytes = layer.bytes();
    EXPECT_EQ(contents_of(write_saved(bytes), "a"), "saved");
    write_saved(bytes, "gzip -f");
    EXPECT_EQ(contents_of(place("saved.tar.gz"), "a"), "saved");
}

TEST_F(Images, a_changed_blob_is_refused)
{
    write_image(place("image"));
    std::fstream blob(second_layer(place("image")), std::ios::binary | std::ios::in | std::ios::out);
    blob.seekp(100);
    char const byte = static_cast<char>(blob.get() ^ 1);
    blob.seekp(100);
    blob.put(byte);
    blob.close();
    EXPECT_EQ(defect_of(place("image")).substr(0, 9), "layer 2: ");
}

TEST_F(Images, a_longer_blob_does_not_have_its_digest)
{
    write_image(place("image"));
    std::ofstream(second_layer(place("image")), std::ios::binary | std::ios::app) << "more";
    EXPECT_NE(defect_of(place("image")).find("layer 2: "), std::string::npos) << defect_of(place("image"));
}

TEST_F(Images, a_missing_blob_is_named)
{
    write_image(place("image"));
    fs::remove(second_layer(place("image")));
    EXPECT_NE(defect_of(place("image")).find("blobs/sha256/"), std::string::npos);
}

TEST_F(Images, a_layer_that_is_not_what_the_configuration_says_is_refused)
{
    LayerBytes layer;
    layer.file("a", "saved");
    auto bytes = layer.bytes();
    auto const path = write_saved(bytes);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    std::string text((std::istreambuf_iterator<char>(file)), {});
    text.replace(text.find("saved", text.find("1111/layer.tar")), 5, "SAVED");
    directory.write("saved.tar", text);
    EXPECT_NE(defect_of(path).find("layer 1: its contents do not have their diff_id sha256:"), std::string::npos)
        << defect_of(path);
}

TEST(Decompression, a_bomb_is_refused)
{
    MemorySink sink;
    ArchiveOutput output(archive_write_new(), sink);
    archive_write_set_format_raw(output.handle());
    archive_write_add_filter_zstd(output.handle());
    output.open();
    ArchiveEntry entry(archive_entry_new());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    output.write_header(entry.get());
    std::vector<std::byte> block(1 << 20);
    for (int i = 0; i < 256; ++i)
        output.write(block);
    output.close();

    MemorySource source(sink.text);
    Decompressor decompressor(source);
    auto read_all = [&] {
        while (decompressor.read(block)) { }
    };
    EXPECT_THROW(read_all(), ImageDefect);
}

TEST_F(Images, what_is_no_image_is_called_so)
{
    directory.write("text", "no image at all, and long enough to be more than one block of a tar archive");
    EXPECT_NE(defect_of(place("text")).find("no tar archive"), std::string::npos);
    fs::create_directory(place("empty"));
    EXPECT_NE(defect_of(place("empty")).find("is no image"), std::string::npos);
    EXPECT_NE(defect_of(place("none")).find("No such file"), std::string::npos);
}

} // namespace
} // namespace farl::owner
