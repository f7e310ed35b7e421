#include "abi/sgx/image.h"

#include "abi/sgx/enclu.h"

#include <cstring>
#include <elf.h>
#include <optional>
#include <string_view>

namespace farl::sgx {

namespace {

constexpr Range kImageRange { kRuntimeBase, kTcsAreaBase - kRuntimeBase };

using File = std::span<std::byte const>;

Result<File> bytes_at(File file, uint64_t offset, uint64_t size)
{
    if (offset > file.size() || size > file.size() - offset)
        return Errno::Enoexec;
    return file.subspan(offset, size);
}

template <typename T>
Result<T> read_at(File file, uint64_t offset)
{
    T value;
    std::memcpy(&value, TRY(bytes_at(file, offset, sizeof(T))).data(), sizeof(T));
    return value;
}

// The `count` entries of a header table.
template <typename T>
Result<std::vector<T>> read_table(File file, uint64_t offset, size_t count, size_t entry_size)
{
    if (count && entry_size != sizeof(T))
        return Errno::Enoexec;
    auto bytes = TRY(bytes_at(file, offset, count * sizeof(T)));
    std::vector<T> table(count);
    if (count)
        std::memcpy(table.data(), bytes.data(), bytes.size());
    return table;
}

Result<Elf64_Ehdr> read_header(File file)
{
    auto header = TRY(read_at<Elf64_Ehdr>(file, 0));
    bool const is_ours = !std::memcmp(header.e_ident, ELFMAG, SELFMAG) && header.e_ident[EI_CLASS] == ELFCLASS64
        && header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_ident[EI_VERSION] == EV_CURRENT
        && header.e_type == ET_EXEC && header.e_machine == EM_X86_64 && header.e_version == EV_CURRENT;
    if (!is_ours)
        return Errno::Enoexec;
    return header;
}

// What needs a loader or a C library has no place in the enclave.
bool is_forbidden(Elf64_Word type) { return type == PT_INTERP || type == PT_DYNAMIC || type == PT_TLS; }

Result<SecInfo> security_info(Elf64_Word flags)
{
    if (!(flags & PF_R) || ((flags & PF_W) && (flags & PF_X)))
        return Errno::Enoexec;
    return SecInfo::regular(kPageRead | (flags & PF_W ? kPageWrite : 0) | (flags & PF_X ? kPageExecute : 0));
}

// As a loader would map it: the first page starts at the page boundary of the file below the segment.
Result<PageRun> segment_run(File file, Elf64_Phdr const& header)
{
    auto const head = header.p_vaddr % kPageSize;
    bool const is_sound = header.p_memsz > 0 && header.p_filesz <= header.p_memsz && header.p_offset % kPageSize == head
        && kImageRange.contains({ header.p_vaddr, header.p_memsz });
    if (!is_sound)
        return Errno::Enoexec;
    auto const start = header.p_vaddr - head;
    return PageRun {
        .range = { start, page_up(head + header.p_memsz) },
        .info = TRY(security_info(header.p_flags)),
        .contents = TRY(bytes_at(file, header.p_offset - head, header.p_filesz ? head + header.p_filesz : 0)),
    };
}

Result<std::vector<PageRun>> read_segments(File file, Elf64_Ehdr const& header)
{
    std::vector<PageRun> segments;
    for (auto const& program : TRY(read_table<Elf64_Phdr>(file, header.e_phoff, header.e_phnum, header.e_phentsize))) {
        if (is_forbidden(program.p_type))
            return Errno::Enoexec;
        if (program.p_type != PT_LOAD)
            continue;
        auto run = TRY(segment_run(file, program));
        if (!segments.empty() && run.range.address < segments.back().range.end())
            return Errno::Enoexec;
        segments.push_back(run);
    }
    return segments;
}

PageRun const* executable_run_with(std::vector<PageRun> const& segments, Range range)
{
    for (auto const& segment : segments) {
        if ((segment.info.flags & kPageExecute) && segment.range.contains(range))
            return &segment;
    }
    return nullptr;
}

Result<std::optional<Elf64_Shdr>> find_section(File file, Elf64_Ehdr const& header, std::string_view name)
{
    auto sections = TRY(read_table<Elf64_Shdr>(file, header.e_shoff, header.e_shnum, header.e_shentsize));
    if (sections.empty())
        return std::optional<Elf64_Shdr> {};
    if (header.e_shstrndx >= sections.size())
        return Errno::Enoexec;
    auto const& strings = sections[header.e_shstrndx];
    auto names = TRY(bytes_at(file, strings.sh_offset, strings.sh_size));
    auto const* text = reinterpret_cast<char const*>(names.data());
    for (auto const& section : sections) {
        if (section.sh_name >= names.size())
            return Errno::Enoexec;
        auto found =
            std::string_view(text + section.sh_name, strnlen(text + section.sh_name, names.size() - section.sh_name));
        if (found == name)
            return std::optional(section);
    }
    return std::optional<Elf64_Shdr> {};
}

bool has_enclu_at(PageRun const& segment, uint64_t site)
{
    auto const offset = site - segment.range.address;
    return offset + kEncluSiteSize <= segment.contents.size()
        && !std::memcmp(segment.contents.data() + offset, kEncluOpcode.data(), kEncluOpcode.size());
}

Result<std::vector<uint64_t>> read_enclu_sites(
    File file, Elf64_Ehdr const& header, std::vector<PageRun> const& segments)
{
    std::vector<uint64_t> sites;
    auto section = TRY(find_section(file, header, kEncluSection));
    if (!section)
        return sites;
    auto entries = TRY(bytes_at(file, section->sh_offset, section->sh_size));
    for (uint64_t offset = 0; offset + sizeof(int32_t) <= entries.size(); offset += sizeof(int32_t)) {
        auto distance = TRY(read_at<int32_t>(entries, offset));
        auto site = section->sh_addr + offset + static_cast<int64_t>(distance);
        auto const* segment = executable_run_with(segments, { site, kEncluSiteSize });
        if (!segment || !has_enclu_at(*segment, site))
            return Errno::Enoexec;
        sites.push_back(site);
    }
    return sites;
}

} // namespace

Result<Image> Image::parse(File file)
{
    Image image;
    auto header = TRY(read_header(file));
    image.segments_ = TRY(read_segments(file, header));
    image.entry_ = header.e_entry;
    if (!executable_run_with(image.segments_, { image.entry_, 1 }))
        return Errno::Enoexec;
    image.enclu_sites_ = TRY(read_enclu_sites(file, header, image.segments_));
    return image;
}

Tcs Image::tcs_at(uint64_t address) const
{
    auto const page = [&](uint64_t index) { return address + index * kPageSize - kEnclaveBase; };
    return {
        .ossa = page(kTcsSsaPage),
        .nssa = kSsaFrameCount,
        .oentry = entry_ - kEnclaveBase,
        .ofsbase = page(kTcsCarrierPage),
        .ogsbase = page(kTcsCarrierPage),
    };
}

PageRun Image::zeroed_run(uint64_t block, uint64_t page, uint64_t count)
{
    return {
        .range = { block + page * kPageSize, count * kPageSize },
        .info = SecInfo::regular(kPageRead | kPageWrite),
        .contents = {},
        .is_measured = false,
    };
}

} // namespace farl::sgx
