#include "owner/launch/elf_check.h"

#include <array>
#include <cstring>
#include <elf.h>
#include <optional>
#include <span>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace farl::owner {

namespace {

constexpr size_t kLargestInterpreterPath = 4096; // PATH_MAX, as in Linux's fs/binfmt_elf.c
constexpr size_t kLargestHeaderTable = 65536;    // likewise

struct Refusal {
    char const* reason;
};

bool read_at(int fd, uint64_t offset, void* buffer, size_t size)
{
    auto count = pread(fd, buffer, size, static_cast<off_t>(offset));
    return count >= 0 && static_cast<size_t>(count) == size;
}

uint64_t size_of(int fd)
{
    struct stat status { };
    return fstat(fd, &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

Elf64_Ehdr read_header(int fd)
{
    Elf64_Ehdr header {};
    if (!read_at(fd, 0, header.e_ident, EI_NIDENT))
        throw Refusal { "is a corrupt ELF file: it ends within its header" };
    if (header.e_ident[EI_CLASS] == ELFCLASS32)
        throw Refusal { "is a 32-bit program; Farl runs 64-bit x86 programs only" };
    if (!read_at(fd, 0, &header, sizeof(header)))
        throw Refusal { "is a corrupt ELF file: it ends within its header" };
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB
        || header.e_machine != EM_X86_64)
        throw Refusal { "is a program for another processor; Farl runs 64-bit x86 programs only" };
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
        throw Refusal { "is an ELF file, but neither a program nor a shared object" };
    return header;
}

std::vector<Elf64_Phdr> read_program_headers(int fd, Elf64_Ehdr const& header)
{
    size_t size = size_t { header.e_phnum } * sizeof(Elf64_Phdr);
    if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 || size > kLargestHeaderTable)
        throw Refusal { "is a corrupt ELF file: its program headers have a wrong size" };
    std::vector<Elf64_Phdr> headers(header.e_phnum);
    if (header.e_phoff > INT64_MAX || !read_at(fd, header.e_phoff, headers.data(), size))
        throw Refusal { "is a corrupt ELF file: its program headers lie outside the file" };
    return headers;
}

// The file's part must be there; the last page's remainder and .bss need no bytes.
void check_segment(Elf64_Phdr const& segment, uint64_t file_size)
{
    uint64_t end_in_file = 0;
    uint64_t end_in_memory = 0;
    if (__builtin_add_overflow(segment.p_offset, segment.p_filesz, &end_in_file) || end_in_file > file_size)
        throw Refusal { "is a corrupt ELF file: a segment lies outside the file" };
    if (__builtin_add_overflow(segment.p_vaddr, segment.p_memsz, &end_in_memory) || end_in_memory >> 47 != 0
        || segment.p_filesz > segment.p_memsz)
        throw Refusal { "is a corrupt ELF file: a segment lies outside the address space" };
    if ((segment.p_vaddr - segment.p_offset) % 4096 != 0)
        throw Refusal { "is a corrupt ELF file: a segment is not aligned to pages" };
}

std::string read_interpreter(int fd, Elf64_Phdr const& segment)
{
    if (segment.p_filesz < 2 || segment.p_filesz > kLargestInterpreterPath)
        throw Refusal { "is a corrupt ELF file: its interpreter's path has a wrong length" };
    std::string path(segment.p_filesz, '\0');
    if (segment.p_offset > INT64_MAX || !read_at(fd, segment.p_offset, path.data(), path.size()) || path.back() != '\0')
        throw Refusal { "is a corrupt ELF file: its interpreter's path is not in the file" };
    return path.c_str();
}

std::string check_segments(int fd, std::span<Elf64_Phdr const> segments)
{
    std::string interpreter;
    bool has_code = false;
    auto file_size = size_of(fd);
    for (auto const& segment : segments) {
        if (segment.p_type == PT_INTERP && interpreter.empty())
            interpreter = read_interpreter(fd, segment);
        if (segment.p_type != PT_LOAD)
            continue;
        check_segment(segment, file_size);
        has_code |= (segment.p_flags & PF_X) != 0;
    }
    if (!has_code)
        throw Refusal { "is a corrupt ELF file: no segment holds code" };
    return interpreter;
}

} // namespace

bool is_elf(int fd)
{
    std::array<char, SELFMAG> magic {};
    return read_at(fd, 0, magic.data(), magic.size()) && std::memcmp(magic.data(), ELFMAG, SELFMAG) == 0;
}

ElfVerdict check_elf(int fd)
{
    try {
        auto header = read_header(fd);
        return { {}, check_segments(fd, read_program_headers(fd, header)) };
    } catch (Refusal const& refusal) {
        return { refusal.reason, {} };
    }
}

} // namespace farl::owner
