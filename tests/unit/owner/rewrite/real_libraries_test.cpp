// Debian's own C libraries, checked against another disassembler.
#include "tests/unit/owner/rewrite/analysed_sites.h"

#include <cstdio>
#include <filesystem>
#include <gtest/gtest.h>
#include <set>

namespace farl::owner {

namespace {

constexpr char const* kGlibc = "/lib/x86_64-linux-gnu/libc.so.6";
constexpr char const* kGlibcLoader = "/lib64/ld-linux-x86-64.so.2";
constexpr char const* kMusl = "/lib/ld-musl-x86_64.so.1";

struct Disassembly {
    std::set<uint64_t> instructions;
    std::set<uint64_t> syscalls;
    std::set<uint64_t> branch_targets;
};

// "   f82ab:\tsyscall", "   f82b3:\tja     f8310 <read+0x70>"
void add_line(Disassembly& disassembly, std::string_view line)
{
    auto const tab = line.find(":\t");
    if (tab == line.npos)
        return;
    auto const vaddr = std::stoull(std::string(line.substr(0, tab)), nullptr, 16);
    auto const text = line.substr(tab + 2);
    disassembly.instructions.insert(vaddr);
    if (text.starts_with("syscall"))
        disassembly.syscalls.insert(vaddr);
    auto const operand = text.find_first_not_of(' ', text.find(' '));
    bool const is_branch = text.starts_with('j') || text.starts_with("call") || text.starts_with("bnd jmp");
    if (is_branch && operand != text.npos && std::isxdigit(static_cast<unsigned char>(text[operand])))
        disassembly.branch_targets.insert(std::stoull(std::string(text.substr(operand)), nullptr, 16));
}

Disassembly disassemble(std::string const& path)
{
    auto const command = "objdump --disassemble --no-show-raw-insn --wide " + path;
    std::FILE* pipe = ::popen(command.c_str(), "re");
    Disassembly disassembly;
    char* line = nullptr;
    size_t capacity = 0;
    while (::getline(&line, &capacity, pipe) > 0)
        add_line(disassembly, line);
    std::free(line);
    ::pclose(pipe);
    return disassembly;
}

class RealLibraries : public testing::TestWithParam<char const*> { };

} // namespace

TEST_P(RealLibraries, each_syscall_is_patched_except_the_signal_return)
{
    if (!std::filesystem::exists(GetParam()))
        GTEST_SKIP() << "no " << GetParam();
    auto const analysis = MUST(analyse(contents_of(GetParam())));
    auto const table = MUST(patch::PatchTableView::parse(analysis.table));
    auto const expected = disassemble(GetParam());
    ASSERT_FALSE(expected.syscalls.empty()) << "no objdump?";

    std::set<uint64_t> found;
    for (uint32_t i = 0; i < table.site_count(); ++i)
        found.insert(table.site(i).syscall_vaddr());
    ASSERT_EQ(table.skipped_count(), 1u);
    EXPECT_EQ(table.skipped(0).reason, patch::SkipReason::SignalReturn);
    found.insert(table.skipped(0).vaddr);
    EXPECT_EQ(found, expected.syscalls);
    EXPECT_TRUE(analysis.unproven.empty());
}

TEST_P(RealLibraries, windows_are_whole_instructions_that_nothing_jumps_into)
{
    if (!std::filesystem::exists(GetParam()))
        GTEST_SKIP() << "no " << GetParam();
    auto const analysis = MUST(analyse(contents_of(GetParam())));
    auto const table = MUST(patch::PatchTableView::parse(analysis.table));
    auto const expected = disassemble(GetParam());
    for (uint32_t i = 0; i < table.site_count(); ++i) {
        auto const site = table.site(i);
        EXPECT_TRUE(expected.instructions.contains(site.window_vaddr)) << std::hex << site.window_vaddr;
        EXPECT_TRUE(expected.instructions.contains(site.window_end())) << std::hex << site.window_vaddr;
        auto const target = expected.branch_targets.upper_bound(site.window_vaddr);
        EXPECT_TRUE(target == expected.branch_targets.end() || *target >= site.window_end())
            << std::hex << site.window_vaddr;
    }
}

INSTANTIATE_TEST_SUITE_P(CLibraries, RealLibraries, testing::Values(kGlibc, kGlibcLoader, kMusl));

TEST(RealLibrary, of_constants_in_the_text_has_no_site)
{
    constexpr char const* kLibcrypto = "/usr/lib/x86_64-linux-gnu/libcrypto.so.3";
    if (!std::filesystem::exists(kLibcrypto))
        GTEST_SKIP() << "no " << kLibcrypto;
    auto const file = contents_of(kLibcrypto);
    std::string_view const text(reinterpret_cast<char const*>(file.data()), file.size());
    ASSERT_NE(text.find("\x0f\x05"), text.npos) << "the bytes of a syscall are there";
    auto const analysis = MUST(analyse(file));
    auto const table = MUST(patch::PatchTableView::parse(analysis.table));
    EXPECT_EQ(table.site_count() + table.skipped_count(), 0u);
}

} // namespace farl::owner
