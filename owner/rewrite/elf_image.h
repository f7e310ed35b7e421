// An ELF file for x86-64 as the kernel and the dynamic linker see it: segments, and, where they are sound, sections.
// A view: the file's bytes must outlive it. Every range it gives lies within the file.
#pragma once

#include "base/result.h"
#include "owner/rewrite/byte_reader.h"

#include <elf.h>
#include <string_view>
#include <vector>

namespace farl::owner {

struct Segment {
    uint64_t vaddr;
    uint64_t file_offset;
    std::span<std::byte const> bytes; // those that are in the file
    bool is_executable;

    bool contains(uint64_t address) const { return address - vaddr < bytes.size(); }
    uint64_t end() const { return vaddr + bytes.size(); }
};

struct Section {
    std::string_view name;
    Elf64_Shdr header;
    std::span<std::byte const> bytes; // empty for SHT_NOBITS

    bool is_code() const { return (header.sh_flags & SHF_EXECINSTR) != 0 && header.sh_type != SHT_NOBITS; }
    bool contains(uint64_t address) const { return address - header.sh_addr < bytes.size(); }
};

class ElfImage {
public:
    // ENOEXEC unless it is a sound 64-bit ET_EXEC or ET_DYN for x86-64. Unsound section headers count as absent.
    static Result<ElfImage> parse(std::span<std::byte const> file);

    std::span<std::byte const> file() const { return file_; }
    bool has_fixed_address() const { return header_.e_type == ET_EXEC; }
    uint64_t entry() const { return header_.e_entry; }
    std::vector<Segment> const& segments() const { return segments_; }
    std::vector<Section> const& sections() const { return sections_; }
    std::vector<Elf64_Phdr> const& program_headers() const { return program_headers_; }

    Section const* section_named(std::string_view name) const;
    Elf64_Phdr const* program_header(uint32_t type) const;
    Segment const* segment_at(uint64_t vaddr) const;
    Segment const* code_at(uint64_t vaddr) const;
    // From a link-time address to the end of its segment's file bytes; empty if the file has none there.
    std::span<std::byte const> bytes_from(uint64_t vaddr) const;
    // Exactly `size` bytes, or empty.
    std::span<std::byte const> bytes_at(uint64_t vaddr, uint64_t size) const;
    // The file bytes a program header stands for, or empty.
    std::span<std::byte const> bytes_of(Elf64_Phdr const& header) const;

private:
    ElfImage() = default;
    Result<> read_segments();
    void read_sections();
    std::span<std::byte const> file_range(uint64_t offset, uint64_t size) const;

    std::span<std::byte const> file_;
    Elf64_Ehdr header_ {};
    std::vector<Elf64_Phdr> program_headers_;
    std::vector<Segment> segments_; // PT_LOAD, ascending and disjoint
    std::vector<Section> sections_;
};

} // namespace farl::owner
