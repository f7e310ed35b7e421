#include "owner/launch/file_descriptor.h"
#include "owner/rewrite/patch_cache.h"
#include "tests/unit/owner/rewrite/analysed_sites.h"

#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>

namespace farl::owner {

namespace {

namespace fs = std::filesystem;

constexpr char const* kRestingFile = "/lib64/ld-linux-x86-64.so.2";

class PatchCacheTest : public testing::Test {
protected:
    PatchCacheTest()
    {
        char name[] = "/tmp/farl-patch-cache-XXXXXX";
        root_ = mkdtemp(name);
        fs::copy_file(FARL_TEST_SITES, program());
    }
    ~PatchCacheTest() override { fs::remove_all(root_); }

    std::string program() const { return root_ / "program"; }
    std::string directory() const { return root_ / "cache" / "farl"; }
    PatchCache cache() const { return PatchCache(directory()); }

    std::vector<std::byte> table(PatchCache const& cache) const
    {
        FileDescriptor const file(::open(program().c_str(), O_RDONLY | O_CLOEXEC));
        return MUST(cache.table_of(file.get()));
    }

    std::vector<fs::path> kept() const
    {
        std::vector<fs::path> found;
        if (!fs::exists(directory()))
            return found;
        for (auto const& entry : fs::recursive_directory_iterator(directory())) {
            if (entry.is_regular_file() && !entry.is_symlink())
                found.push_back(entry.path());
        }
        return found;
    }

    static void overwrite(fs::path const& path, size_t at)
    {
        std::fstream stream(path, std::ios::binary | std::ios::in | std::ios::out);
        stream.seekp(static_cast<std::streamoff>(at));
        stream.put('\x5a');
    }

    fs::path root_;
};

std::vector<std::byte> expected_table() { return MUST(analyse(contents_of(FARL_TEST_SITES))).table; }

} // namespace

TEST_F(PatchCacheTest, keeps_one_table_for_one_content)
{
    EXPECT_EQ(table(cache()), expected_table());
    ASSERT_EQ(kept().size(), 1u);
    auto const time = fs::last_write_time(kept()[0]);
    EXPECT_EQ(table(cache()), expected_table());
    EXPECT_EQ(kept().size(), 1u);
    EXPECT_EQ(fs::last_write_time(kept()[0]), time) << "the second time it was read, not written";
}

TEST_F(PatchCacheTest, does_not_trust_the_time_stamps_of_a_file_that_just_changed)
{
    EXPECT_EQ(table(cache()), expected_table());
    auto const links = fs::path(directory()) / ("patch-" + std::to_string(kAnalyserVersion)) / "by-file";
    EXPECT_TRUE(fs::is_empty(links));
}

TEST_F(PatchCacheTest, finds_a_file_that_rested_by_its_status)
{
    FileDescriptor const file(::open(kRestingFile, O_RDONLY | O_CLOEXEC));
    struct stat status { };
    ASSERT_EQ(::fstat(file.get(), &status), 0);
    if (time(nullptr) - status.st_ctim.tv_sec < 5)
        GTEST_SKIP() << kRestingFile << " is too new";
    auto const first = MUST(cache().table_of(file.get()));
    auto const links = fs::path(directory()) / ("patch-" + std::to_string(kAnalyserVersion)) / "by-file";
    ASSERT_EQ(std::distance(fs::directory_iterator(links), fs::directory_iterator()), 1);
    EXPECT_TRUE(fs::exists(fs::directory_iterator(links)->path())) << "the link leads to the table";
    EXPECT_EQ(MUST(cache().table_of(file.get())), first);
}

TEST_F(PatchCacheTest, analyses_again_when_the_content_changes)
{
    EXPECT_EQ(table(cache()), expected_table());
    overwrite(program(), fs::file_size(program()) - 1);
    EXPECT_NE(table(cache()), expected_table()) << "the digest in the header differs";
    EXPECT_EQ(kept().size(), 2u);
}

TEST_F(PatchCacheTest, repairs_a_damaged_entry)
{
    (void)table(cache());
    for (size_t const at : { size_t { 0 }, size_t { 200 }, expected_table().size() + 3 }) {
        overwrite(kept().at(0), at);
        EXPECT_EQ(table(cache()), expected_table());
    }
    fs::resize_file(kept().at(0), 10);
    EXPECT_EQ(table(cache()), expected_table());
    EXPECT_EQ(fs::file_size(kept().at(0)), expected_table().size() + sizeof(patch::Digest));
}

TEST_F(PatchCacheTest, works_without_a_place_to_write)
{
    EXPECT_EQ(table(PatchCache("")), expected_table());
    std::ofstream(root_ / "file") << "in the way";
    EXPECT_EQ(table(PatchCache((root_ / "file" / "farl").string())), expected_table());
    EXPECT_EQ(table(PatchCache("/proc/farl")), expected_table());
}

TEST_F(PatchCacheTest, leaves_no_temporary_files)
{
    (void)table(cache());
    for (auto const& path : kept())
        EXPECT_NE(path.extension(), ".new");
}

TEST_F(PatchCacheTest, says_what_is_no_elf_file)
{
    std::ofstream(program(), std::ios::trunc) << "#!/bin/sh\n";
    FileDescriptor const file(::open(program().c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(cache().table_of(file.get()).error(), Errno::Enoexec);
    FileDescriptor const directory(::open("/", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(cache().table_of(directory.get()).error(), Errno::Einval);
    EXPECT_TRUE(kept().empty());
}

} // namespace farl::owner
