#include "owner/rewrite/elf_image.h"

#include "abi/formats/patch_table.h"

namespace farl::owner {

namespace {

bool is_supported(Elf64_Ehdr const& header)
{
    return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64
        && header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_machine == EM_X86_64
        && (header.e_type == ET_EXEC || header.e_type == ET_DYN) && header.e_phentsize == sizeof(Elf64_Phdr);
}

} // namespace

Result<ElfImage> ElfImage::parse(std::span<std::byte const> file)
{
    ElfImage image;
    image.file_ = file;
    ByteReader reader(file);
    image.header_ = reader.read<Elf64_Ehdr>();
    if (!reader.is_ok() || !is_supported(image.header_))
        return Errno::Enoexec;
    TRY(image.read_segments());
    image.read_sections();
    return image;
}

Result<> ElfImage::read_segments()
{
    ByteReader reader(file_);
    reader.seek(header_.e_phoff);
    for (size_t i = 0; i < header_.e_phnum; ++i)
        program_headers_.push_back(reader.read<Elf64_Phdr>());
    if (!reader.is_ok())
        return Errno::Enoexec;

    uint64_t free_from = 0;
    for (auto const& header : program_headers_) {
        if (header.p_type != PT_LOAD)
            continue;
        auto const bytes = bytes_of(header);
        bool const is_in_order = header.p_vaddr >= free_from && header.p_vaddr < patch::kAddressEnd;
        if (bytes.size() != header.p_filesz || !is_in_order || header.p_memsz > patch::kAddressEnd - header.p_vaddr)
            return Errno::Enoexec;
        if (header.p_filesz > header.p_memsz)
            return Errno::Enoexec;
        free_from = header.p_vaddr + header.p_memsz;
        segments_.push_back({ header.p_vaddr, header.p_offset, bytes, (header.p_flags & PF_X) != 0 });
    }
    return {};
}

void ElfImage::read_sections()
{
    if (header_.e_shentsize != sizeof(Elf64_Shdr) || header_.e_shoff == 0)
        return;
    ByteReader reader(file_);
    reader.seek(header_.e_shoff);
    std::vector<Section> sections;
    for (size_t i = 0; i < header_.e_shnum && reader.is_ok(); ++i) {
        auto const header = reader.read<Elf64_Shdr>();
        bool const has_bytes = header.sh_type != SHT_NOBITS && header.sh_type != SHT_NULL;
        sections.push_back(
            { {}, header, has_bytes ? file_range(header.sh_offset, header.sh_size) : decltype(file_) {} });
    }
    if (!reader.is_ok() || header_.e_shstrndx >= sections.size())
        return;
    for (auto& section : sections) {
        ByteReader names(sections[header_.e_shstrndx].bytes);
        names.seek(section.header.sh_name);
        section.name = names.read_text();
    }
    sections_ = std::move(sections);
}

std::span<std::byte const> ElfImage::file_range(uint64_t offset, uint64_t size) const
{
    if (offset > file_.size() || size > file_.size() - offset)
        return {};
    return file_.subspan(offset, size);
}

Section const* ElfImage::section_named(std::string_view name) const
{
    for (auto const& section : sections_) {
        if (section.name == name)
            return &section;
    }
    return nullptr;
}

Elf64_Phdr const* ElfImage::program_header(uint32_t type) const
{
    for (auto const& header : program_headers_) {
        if (header.p_type == type)
            return &header;
    }
    return nullptr;
}

Segment const* ElfImage::segment_at(uint64_t vaddr) const
{
    for (auto const& segment : segments_) {
        if (segment.contains(vaddr))
            return &segment;
    }
    return nullptr;
}

Segment const* ElfImage::code_at(uint64_t vaddr) const
{
    auto const* segment = segment_at(vaddr);
    return segment && segment->is_executable ? segment : nullptr;
}

std::span<std::byte const> ElfImage::bytes_from(uint64_t vaddr) const
{
    auto const* segment = segment_at(vaddr);
    return segment ? segment->bytes.subspan(vaddr - segment->vaddr) : std::span<std::byte const> {};
}

std::span<std::byte const> ElfImage::bytes_at(uint64_t vaddr, uint64_t size) const
{
    auto const bytes = bytes_from(vaddr);
    return size <= bytes.size() ? bytes.first(size) : std::span<std::byte const> {};
}

std::span<std::byte const> ElfImage::bytes_of(Elf64_Phdr const& header) const
{
    return file_range(header.p_offset, header.p_filesz);
}

} // namespace farl::owner
