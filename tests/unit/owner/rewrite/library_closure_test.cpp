#include "owner/rewrite/library_closure.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace farl::owner {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_of(std::vector<CodeFile> const& files)
{
    std::vector<std::string> names;
    for (auto const& file : files)
        names.push_back(fs::path(file.path).filename());
    return names;
}

bool has(std::vector<CodeFile> const& files, std::string const& name)
{
    auto const names = names_of(files);
    return std::count(names.begin(), names.end(), name) == 1;
}

// A directory tree as a root file system: a program with its libraries in places that only its own rules name.
class RootTree {
public:
    RootTree()
    {
        char name[] = "/tmp/farl-closure-XXXXXX";
        root_ = mkdtemp(name);
    }
    ~RootTree() { fs::remove_all(root_); }

    // Empty libraries; each needs what is in `link` (paths inside the tree, or flags for the linker).
    bool link(std::string const& output, std::string const& name, std::string const& options)
    {
        fs::create_directories((root_ / output).parent_path());
        auto const command = "cd " + root_.string() + " && echo | gcc -shared -nostdlib -x c - -x none -o " + output
            + " -Wl,-soname," + name + " -Wl,--no-as-needed " + options + " 2>/dev/null";
        return std::system(command.c_str()) == 0;
    }
    fs::path const& path() const { return root_; }
    RootDirectory open() const { return RootDirectory::open(root_.string()); }

private:
    fs::path root_;
};

} // namespace

TEST(LibraryClosure, of_a_dynamic_program_holds_its_linker_and_its_libraries)
{
    auto const root = RootDirectory::open("/");
    auto const files = library_closure(root, "/proc/self/exe");
    ASSERT_FALSE(files.empty());
    EXPECT_EQ(files[0].path, "/proc/self/exe");
    EXPECT_TRUE(has(files, "ld-linux-x86-64.so.2"));
    EXPECT_TRUE(has(files, "libc.so.6"));
}

TEST(LibraryClosure, of_what_is_no_program_is_harmless)
{
    auto const root = RootDirectory::open("/");
    EXPECT_TRUE(library_closure(root, "/no/such/program").empty());
    EXPECT_EQ(library_closure(root, "/etc/passwd").size(), 1u);
}

TEST(LibraryClosure, follows_run_paths_and_directories_inside_the_root)
{
    RootTree tree;
    fs::create_directories(tree.path() / "lib");
    if (!tree.link("lib/libplain.so", "libplain.so", ""))
        GTEST_SKIP() << "no compiler";
    ASSERT_TRUE(tree.link("opt/app/private/libdeep.so", "libdeep.so", "lib/libplain.so"));
    ASSERT_TRUE(tree.link("elsewhere/libtold.so", "libtold.so", ""));
    ASSERT_TRUE(tree.link("opt/app/program", "program",
        "opt/app/private/libdeep.so elsewhere/libtold.so -Wl,-rpath,'$ORIGIN/private' -Wl,--allow-shlib-undefined"));

    auto const without = library_closure(tree.open(), "/opt/app/program");
    EXPECT_EQ(names_of(without), (std::vector<std::string> { "program", "libdeep.so" }))
        << "without an interpreter nobody looks in /lib";
    auto const with = library_closure(tree.open(), "/opt/app/program", "/elsewhere:/lib");
    EXPECT_EQ(names_of(with), (std::vector<std::string> { "program", "libdeep.so", "libtold.so", "libplain.so" }));
}

} // namespace farl::owner
