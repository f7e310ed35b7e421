#include "owner/oci/image_json.h"

#include "owner/oci/image_defect.h"

#include <gtest/gtest.h>

namespace farl::owner {
namespace {

template <typename Read>
std::string defect_of(Read read)
{
    try {
        read();
    } catch (ImageDefect const& defect) {
        return defect.what();
    }
    return "";
}

std::string manifest(std::string const& machine)
{
    return R"({"digest":"sha256:)" + machine + R"(","size":1,"platform":{"os":"linux","architecture":")" + machine
        + R"("}})";
}

TEST(ImageJson, chooses_this_machine_of_an_index)
{
    auto const index =
        R"({"manifests":[)" + manifest("arm64") + "," + manifest("amd64") + "," + manifest("unknown") + "]}";
    EXPECT_EQ(manifest_for_this_machine(index).digest, "sha256:amd64");
    EXPECT_NE(defect_of([] {
        manifest_for_this_machine(R"({"manifests":[)" + manifest("arm64") + "]}");
    }).find("linux/amd64"),
        std::string::npos);
    EXPECT_NE(defect_of([] {
        manifest_for_this_machine(R"({"manifests":[)" + manifest("amd64") + "," + manifest("amd64") + "]}");
    }).find("holds 2 images"),
        std::string::npos);
}

TEST(ImageJson, refuses_what_is_of_another_shape)
{
    for (std::string const text : { "", "[]", "{", "7", "null", R"({"manifests":7})", R"({"manifests":[7]})",
             R"({"manifests":[{"digest":7,"size":1}]})", R"({"manifests":[{"digest":"x","size":-1}]})" })
        EXPECT_NE(defect_of([&] { manifest_for_this_machine(text); }), "") << text;
    for (std::string const text : { "[]", "{}", R"([{"Config":"a","Layers":[]}])", R"([{"Config":"a","Layers":[7]}])",
             R"([{"Config":"a","Layers":["b"]},{"Config":"a","Layers":["b"]}])" })
        EXPECT_NE(defect_of([&] { saved_image_from(text); }), "") << text;
    for (std::string const text :
        { "{}", R"({"rootfs":{"diff_ids":"x"}})", R"({"config":{"Env":{}},"rootfs":{"diff_ids":["x"]}})",
            R"({"config":{"Entrypoint":["a\u0000b"]},"rootfs":{"diff_ids":["x"]}})",
            R"({"os":"windows","rootfs":{"diff_ids":["x"]}})" })
        EXPECT_NE(defect_of([&] { image_config_from(text); }), "") << text;
}

TEST(ImageJson, survives_deep_nesting)
{
    EXPECT_NE(defect_of([] { image_config_from(std::string(1 << 20, '[')); }), "");
    EXPECT_NE(defect_of([] { image_config_from(std::string(1 << 20, '[') + std::string(1 << 20, ']')); }), "");
}

} // namespace
} // namespace farl::owner
