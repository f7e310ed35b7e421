#include "owner/launch/elf_check.h"

#include "owner/launch/file_descriptor.h"
#include "tests/unit/owner/launch/elf_bytes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

namespace farl {

namespace {

owner::ElfVerdict verdict_on(std::string const& bytes)
{
    owner::FileDescriptor file(memfd_create("elf", MFD_CLOEXEC));
    EXPECT_EQ(write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    return owner::check_elf(file.get());
}

template <typename Change>
std::string problem_after(Change change)
{
    auto elf = elf_with_interpreter("/lib/ld.so");
    change(elf);
    return verdict_on(elf.bytes()).problem;
}

} // namespace

TEST(ElfCheck, accepts_this_test_and_names_its_interpreter)
{
    owner::FileDescriptor self(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    auto verdict = owner::check_elf(self.get());
    EXPECT_EQ(verdict.problem, "");
    EXPECT_EQ(verdict.interpreter, "/lib64/ld-linux-x86-64.so.2");
}

TEST(ElfCheck, accepts_a_file_without_an_interpreter)
{
    auto verdict = verdict_on(ElfBytes().bytes());
    EXPECT_EQ(verdict.problem, "");
    EXPECT_EQ(verdict.interpreter, "");
}

TEST(ElfCheck, says_that_a_program_is_for_32_bits_or_another_processor)
{
    EXPECT_NE(
        problem_after([](auto& elf) { elf.header.e_ident[EI_CLASS] = ELFCLASS32; }).find("32-bit"), std::string::npos);
    EXPECT_NE(problem_after([](auto& elf) { elf.header.e_machine = EM_AARCH64; }).find("processor"), std::string::npos);
    EXPECT_NE(problem_after([](auto& elf) { elf.header.e_type = ET_REL; }).find("neither"), std::string::npos);
}

TEST(ElfCheck, refuses_headers_and_segments_that_lie)
{
    EXPECT_EQ(problem_after([](auto&) {}), "");
    EXPECT_NE(problem_after([](auto& elf) { elf.header.e_phentsize = 32; }), "");
    EXPECT_NE(problem_after([](auto& elf) { elf.header.e_phnum = 0; }), "");
    EXPECT_NE(problem_after([](auto& elf) { elf.header.e_phnum = 60000; }), "");
    EXPECT_NE(problem_after([](auto& elf) { elf.header.e_phoff = ~0ull; }), "");
    EXPECT_NE(problem_after([](auto& elf) { elf.header.e_phoff = 1ull << 40; }), "");
    EXPECT_NE(problem_after([](auto& elf) { elf.code.p_filesz = 1 << 20; }), "");
    EXPECT_NE(problem_after([](auto& elf) { elf.code.p_offset = ~0ull - 4095; }), "");
    EXPECT_NE(problem_after([](auto& elf) { elf.code.p_vaddr = ~0ull - 4095; }), "");
    EXPECT_NE(problem_after([](auto& elf) { elf.code.p_memsz = 1; }), "");
    EXPECT_NE(problem_after([](auto& elf) { elf.code.p_vaddr = 100; }), "");
    EXPECT_NE(problem_after([](auto& elf) { elf.code.p_flags = PF_R; }), "");
    EXPECT_NE(problem_after([](auto& elf) { elf.interpreter = "/lib/ld.so"; }), ""); // not terminated
    EXPECT_NE(problem_after([](auto& elf) {
        elf.interpreter_segment = { .p_type = PT_INTERP, .p_offset = 1ull << 62, .p_filesz = 10, .p_memsz = 10 };
    }),
        "");
}

TEST(ElfCheck, has_a_verdict_on_every_truncation_and_mutation)
{
    auto const sound = elf_with_interpreter("/lib/ld.so").bytes();
    for (size_t size = 0; size < sound.size(); ++size)
        EXPECT_NE(verdict_on(sound.substr(0, size)).problem, "") << size;
    for (size_t position = 0; position < sound.size(); ++position) {
        for (int value : { 0x00, 0x01, 0x7f, 0x80, 0xff }) {
            auto mutant = sound;
            mutant[position] = static_cast<char>(value);
            auto verdict = verdict_on(mutant);
            EXPECT_NE(mutant.find(verdict.interpreter), std::string::npos);
        }
    }
}

} // namespace farl
