#include "owner/oci/file_tree.h"

#include "owner/oci/image_defect.h"
#include "tests/unit/owner/oci/layer_bytes.h"

#include <functional>
#include <gtest/gtest.h>

namespace farl::owner {
namespace {

class Layers {
public:
    Layers& layer(std::function<void(LayerBytes&)> const& fill)
    {
        LayerBytes bytes;
        fill(bytes);
        return raw(bytes.bytes());
    }
    Layers& raw(std::string const& tar)
    {
        tree_.begin_layer();
        MemorySource source(tar);
        ImageBudget budget;
        TarReader reader(source, budget);
        while (auto entry = reader.next())
            tree_.add(*entry);
        return *this;
    }
    // "a a/b c=a/b": each name in order, with the first one of the same file behind the others.
    std::string names()
    {
        tree_.finish();
        std::string all;
        tree_.for_each_name([&](std::string const& path, FileTree::NodeId id) {
            auto const& first = tree_.node(id).path;
            all += path.empty() ? "" : (all.empty() ? "" : " ") + path + (first == path ? "" : "=" + first);
        });
        return all;
    }
    FileTree const& tree()
    {
        tree_.finish();
        return tree_;
    }

private:
    FileTree tree_;
};

// Of a second layer over a first one.
std::string defect_of(
    std::function<void(LayerBytes&)> const& lower, std::function<void(LayerBytes&)> const& upper = [](LayerBytes&) {})
{
    try {
        Layers().layer(lower).layer(upper);
    } catch (ImageDefect const& defect) {
        return defect.what();
    }
    return "";
}

TEST(FileTree, an_upper_file_replaces_a_lower_one)
{
    Layers layers;
    layers.layer([](auto& l) { l.file("etc/a", "old").file("etc/b", "b"); });
    layers.layer([](auto& l) { l.file("etc/a", "newer"); });
    EXPECT_EQ(layers.names(), "etc etc/a etc/b");
    auto const& a = layers.tree().node(*layers.tree().find("etc/a"));
    EXPECT_EQ(a.attributes.size, 5u);
    EXPECT_EQ(a.origin, (FileTree::Origin { 1, 0 }));
    EXPECT_EQ(layers.tree().node(*layers.tree().find("etc/b")).origin, (FileTree::Origin { 0, 1 }));
}

TEST(FileTree, a_whiteout_hides_what_is_below_and_not_what_is_beside)
{
    Layers layers;
    layers.layer([](auto& l) { l.file("a/x", "1").file("a/y", "1").file("b", "1"); });
    layers.layer([](auto& l) { l.file("a/z", "2").file(".wh.b", "").file("a/.wh.x", "").file("a/.wh.z", ""); });
    EXPECT_EQ(layers.names(), "a a/y a/z");
}

TEST(FileTree, an_opaque_directory_keeps_only_what_its_layer_brings_wherever_the_mark_stands)
{
    Layers layers;
    layers.layer([](auto& l) { l.file("a/x", "1").file("a/deep/y", "1"); });
    layers.layer([](auto& l) { l.file("a/deep/new", "2").file("a/.wh..wh..opq", "").file("a/z", "2"); });
    EXPECT_EQ(layers.names(), "a a/deep a/deep/new a/z");
}

TEST(FileTree, a_whiteout_and_a_directory_of_the_same_name_make_a_new_directory)
{
    Layers layers;
    layers.layer([](auto& l) { l.file("a/x", "1"); });
    layers.layer([](auto& l) { l.directory("a", 0700).file("a/y", "2").file(".wh.a", ""); });
    EXPECT_EQ(layers.names(), "a a/y");
    EXPECT_EQ(layers.tree().node(*layers.tree().find("a")).attributes.mode, 0700u);
}

TEST(FileTree, a_directory_over_a_directory_keeps_its_files_and_changes_its_mode)
{
    Layers layers;
    layers.layer([](auto& l) { l.directory("tmp").file("tmp/x", "1"); });
    layers.layer([](auto& l) { l.directory("tmp", 01777); });
    EXPECT_EQ(layers.names(), "tmp tmp/x");
    EXPECT_EQ(layers.tree().node(*layers.tree().find("tmp")).attributes.mode, 01777u);
}

TEST(FileTree, a_file_over_a_directory_and_back)
{
    Layers layers;
    layers.layer([](auto& l) { l.file("a/x", "1").file("b", "1"); });
    layers.layer([](auto& l) { l.file("a", "2").directory("b").file("b/y", "2"); });
    EXPECT_EQ(layers.names(), "a b b/y");
}

TEST(FileTree, hard_links_are_names_of_one_file_that_outlives_each_of_them)
{
    Layers layers;
    layers.layer([](auto& l) { l.file("m", "1").hard_link("n", "m"); });
    layers.layer([](auto& l) { l.hard_link("bin/o", "n").file(".wh.m", ""); });
    EXPECT_EQ(layers.names(), "bin bin/o n=bin/o");
    EXPECT_EQ(layers.tree().node(*layers.tree().find("n")).links, 2u);
}

TEST(FileTree, a_directory_may_be_a_link_of_a_lower_layer_and_leads_nowhere_outside)
{
    Layers layers;
    layers.layer([](auto& l) { l.directory("usr/bin").symlink("bin", "usr/bin").symlink("up", "/../../usr"); });
    layers.layer([](auto& l) { l.file("bin/sh", "2").file("up/x", "2"); });
    EXPECT_EQ(layers.names(), "bin up usr usr/bin usr/bin/sh usr/x");
}

TEST(FileTree, refuses_writing_through_a_link_of_the_same_layer)
{
    EXPECT_EQ(defect_of([](auto& l) { l.symlink("x", "/etc").file("x/passwd", "evil"); }),
        "x/passwd: leads through x, a symbolic link of the same layer");
}

TEST(FileTree, refuses_loops_and_links_to_nowhere)
{
    auto const loop = [](LayerBytes& l) { l.symlink("a", "b").symlink("b", "a"); };
    EXPECT_NE(defect_of(loop, [](auto& l) { l.file("a/x", ""); }).find("loop of symbolic links"), std::string::npos);
    auto const nowhere = [](LayerBytes& l) { l.symlink("a", "none"); };
    EXPECT_NE(defect_of(nowhere, [](auto& l) { l.file("a/x", ""); }).find("not there"), std::string::npos);
}

TEST(FileTree, refuses_what_is_there_twice_in_one_layer)
{
    EXPECT_EQ(defect_of([](auto& l) { l.file("a", "1").file("a", "2"); }), "a: twice in the layer");
    EXPECT_EQ(defect_of([](auto& l) { l.file("b", "1").file("a", "1").hard_link("a", "b"); }), "a: twice in the layer");
    EXPECT_EQ(defect_of([](auto& l) { l.file("a/x", "1").file("a", "2"); }), "a: twice in the layer");
    EXPECT_EQ(defect_of([](auto& l) { l.directory("a").directory("a"); }), "");
}

TEST(FileTree, refuses_hard_links_to_nothing_and_to_directories)
{
    EXPECT_EQ(defect_of([](auto& l) { l.hard_link("a", "b"); }), "a: a hard link to b, which is not there");
    EXPECT_EQ(defect_of([](auto& l) { l.directory("b").hard_link("a", "b"); }), "a: a hard link to a directory");
}

TEST(FileTree, refuses_files_used_as_directories)
{
    EXPECT_EQ(defect_of([](auto& l) { l.file("a", "1").file("a/b", "2"); }), "a/b: a is a file, not a directory");
}

TEST(FileTree, refuses_paths_that_links_make_longer_than_linux_allows)
{
    std::string deep(2000, 'x');
    for (size_t at = 100; at < deep.size(); at += 101)
        deep[at] = '/';
    Layers layers;
    layers.layer([&](auto& l) { l.directory(deep).symlink("l", deep); });
    layers.layer([&](auto& l) { l.directory("l/" + deep).symlink("m", "l/" + deep); });
    EXPECT_THROW(layers.layer([&](auto& l) { l.directory("m/" + deep); }), ImageDefect);
}

} // namespace
} // namespace farl::owner
