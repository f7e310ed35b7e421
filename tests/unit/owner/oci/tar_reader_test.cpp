#include "owner/oci/tar_reader.h"

#include "owner/oci/image_defect.h"
#include "tests/unit/owner/oci/layer_bytes.h"

#include <gtest/gtest.h>

namespace farl::owner {
namespace {

std::string defect_of(std::string const& tar, ImageBudget budget = {})
{
    MemorySource source(tar);
    TarReader reader(source, budget);
    try {
        while (reader.next()) {
            while (reader.next_piece()) { }
        }
    } catch (ImageDefect const& defect) {
        return defect.what();
    }
    return "";
}

TEST(TarReader, reads_attributes_contents_and_extended_attributes)
{
    FileAttributes attributes {
        .mode = 04755, .uid = 100'000, .gid = 7, .modified_s = -5, .modified_ns = 12, .size = 5
    };
    attributes.xattrs["security.capability"] = std::string("\1\0\2", 3);
    LayerBytes layer;
    layer.add("usr/bin/ping", attributes);
    layer.text("12345");
    MemorySource source(layer.bytes());
    ImageBudget budget;
    TarReader reader(source, budget);
    auto const entry = reader.next();
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->path, "usr/bin/ping");
    EXPECT_EQ(entry->attributes.mode, 04755u);
    EXPECT_EQ(entry->attributes.uid, 100'000u);
    EXPECT_EQ(entry->attributes.modified_s, -5);
    EXPECT_EQ(entry->attributes.modified_ns, 12u);
    EXPECT_EQ(entry->attributes.size, 5u);
    EXPECT_EQ(entry->attributes.xattrs, attributes.xattrs);
}

TEST(TarReader, keeps_names_of_any_script_in_any_locale)
{
    std::string const name = "srv/\xc3\xa4\xe6\x97\xa5/" + std::string(150, 'x'); // long: in a PAX header
    LayerBytes layer;
    layer.file(name, "1");
    MemorySource source(layer.bytes());
    ImageBudget budget;
    TarReader reader(source, budget);
    EXPECT_EQ(reader.next()->path, name);
}

TEST(TarReader, refuses_paths_that_lead_out)
{
    EXPECT_EQ(defect_of(raw_header("../etc/passwd", '0') + kTarEnd), "../etc/passwd: leads out of the image");
    EXPECT_EQ(defect_of(raw_header("a/../../b", '0') + kTarEnd), "a/../../b: leads out of the image");
    EXPECT_EQ(defect_of(raw_header("/etc/passwd", '0') + kTarEnd), "/etc/passwd: an absolute path");
    EXPECT_EQ(defect_of(raw_header("x", '1', "00000000000", "../../etc/shadow") + kTarEnd),
        "../../etc/shadow: leads out of the image");
    EXPECT_EQ(defect_of(raw_header("x", '1', "00000000000", "/etc/shadow") + kTarEnd), "/etc/shadow: an absolute path");
}

TEST(TarReader, refuses_devices)
{
    EXPECT_NE(defect_of(raw_header("dev/sda", '4') + kTarEnd).find("dev/sda: a device node"), std::string::npos);
    EXPECT_NE(defect_of(raw_header("dev/null", '3') + kTarEnd).find("dev/null: a device node"), std::string::npos);
}

TEST(TarReader, refuses_gigantic_sizes)
{
    std::string base256("\x80\0\0\0\x0f\xff\xff\xff\xff\xff\xff\xff", 12);
    auto const defect = defect_of(raw_header("big", '0', base256) + kTarEnd);
    EXPECT_NE(defect.find("more than the image may have"), std::string::npos) << defect;
    LayerBytes layer;
    layer.file("a", "12345").file("b", "12345");
    EXPECT_EQ(defect_of(layer.bytes(), { .bytes = 9 }),
        "b: 5 bytes: more than the image may have in all (--limit allows more)");
}

TEST(TarReader, refuses_too_many_entries)
{
    LayerBytes layer;
    layer.directory("a").directory("b").directory("c");
    EXPECT_EQ(defect_of(layer.bytes(), { .entries = 2 }), "the image has too many files");
}

TEST(TarReader, refuses_what_is_cut_short_and_what_is_no_tar)
{
    EXPECT_NE(defect_of(raw_header("a", '0', "00000001000") + "short").find("damaged"), std::string::npos);
    EXPECT_NE(defect_of(std::string(4096, 'x')).find("no tar"), std::string::npos);
}

TEST(TarReader, no_control_character_of_a_name_reaches_a_message)
{
    EXPECT_EQ(defect_of(raw_header("../\x1b[2J", '0') + kTarEnd), "../?[2J: leads out of the image");
}

} // namespace
} // namespace farl::owner
