#include "enclave/loader/elf.h"

#include "abi/linux/mman.h"

namespace farl {

namespace {

using elf::FileHeader;
using elf::ProgramHeader;

constexpr uint64_t kMostProgramHeaders = 65'536 / sizeof(ProgramHeader); // fs/binfmt_elf.c load_elf_phdrs()
constexpr uint64_t kLongestInterpreter = 4096;                           // PATH_MAX
constexpr uint64_t kAddressLimit = 1ull << 47;

#define TRY_ELF(expression)                                        \
    do {                                                           \
        if (auto defect = (expression); defect != ElfDefect::None) \
            return defect;                                         \
    } while (0)

bool lies_in(uint64_t offset, uint64_t size, uint64_t total) { return offset <= total && size <= total - offset; }

ElfDefect read(ElfSource& source, uint64_t offset, std::span<std::byte> buffer)
{
    if (!lies_in(offset, buffer.size(), source.size()))
        return ElfDefect::Truncated;
    return source.read_at(offset, buffer) ? ElfDefect::None : ElfDefect::Unreadable;
}

ElfDefect check_identification(FileHeader const& header)
{
    if (std::memcmp(header.identification, elf::kMagic, sizeof(elf::kMagic)) != 0)
        return ElfDefect::NotElf;
    auto file_class = header.identification[elf::kClassIndex];
    if (file_class == elf::kClass32)
        return ElfDefect::ThirtyTwoBit;
    if (file_class != elf::kClass64 || header.identification[elf::kVersionIndex] != elf::kCurrentVersion)
        return ElfDefect::NotElf;
    if (header.identification[elf::kDataIndex] != elf::kLittleEndian || header.machine != elf::kMachineX8664)
        return ElfDefect::WrongMachine;
    return ElfDefect::None;
}

ElfDefect check_header(FileHeader const& header)
{
    TRY_ELF(check_identification(header));
    if (header.type != elf::kTypeExecutable && header.type != elf::kTypeShared)
        return ElfDefect::WrongType;
    if (header.program_header_size != sizeof(ProgramHeader))
        return ElfDefect::BadProgramHeaders;
    if (header.program_header_count == 0 || header.program_header_count > kMostProgramHeaders)
        return ElfDefect::BadProgramHeaders;
    return ElfDefect::None;
}

// A file too short for a header is told by its first bytes.
ElfDefect read_header(ElfSource& source, FileHeader& header)
{
    auto bytes = std::as_writable_bytes(std::span(&header, 1));
    auto available = std::min<uint64_t>(source.size(), bytes.size());
    header = {};
    TRY_ELF(read(source, 0, bytes.first(available)));
    if (available < bytes.size()) {
        bool is_elf = std::memcmp(header.identification, elf::kMagic, sizeof(elf::kMagic)) == 0;
        return is_elf ? ElfDefect::Truncated : ElfDefect::NotElf;
    }
    return check_header(header);
}

int protection_of(uint32_t flags)
{
    return (flags & elf::kFlagRead ? kProtRead : 0) | (flags & elf::kFlagWrite ? kProtWrite : 0)
        | (flags & elf::kFlagExecute ? kProtExec : 0);
}

ElfDefect check_segment(ProgramHeader const& header, uint64_t file_size)
{
    if (!lies_in(header.offset, header.file_size, file_size))
        return ElfDefect::Truncated;
    if (!lies_in(header.address, header.memory_size, kAddressLimit - kPageSize))
        return ElfDefect::AddressOverflow;
    bool is_congruent = (header.address - header.offset) % kPageSize == 0;
    bool is_alignment = header.alignment == 0 || is_power_of_two(header.alignment);
    if (header.file_size > header.memory_size || !is_congruent || !is_alignment)
        return ElfDefect::BadSegment;
    return header.alignment > kAddressLimit ? ElfDefect::BadSegment : ElfDefect::None;
}

ElfDefect add_segment(ElfImage& image, ProgramHeader const& header, uint64_t file_size)
{
    TRY_ELF(check_segment(header, file_size));
    if (header.memory_size == 0)
        return ElfDefect::None;
    if (!image.segments.is_empty() && header.address < image.segments.last().end())
        return ElfDefect::OverlappingSegments;
    ElfSegment segment { .address = header.address,
        .memory_size = header.memory_size,
        .offset = header.offset,
        .file_size = header.file_size,
        .protection = protection_of(header.flags) };
    if (image.segments.is_empty())
        image.start = page_down(segment.address);
    image.end = page_up(segment.end());
    image.alignment = std::max(image.alignment, header.alignment);
    image.has_writable_code |= (segment.protection & kProtWrite) && (segment.protection & kProtExec);
    return image.segments.push(segment) ? ElfDefect::None : ElfDefect::OutOfMemory;
}

ElfDefect read_interpreter(ElfSource& source, ElfImage& image, ProgramHeader const& header)
{
    if (!image.interpreter.is_empty())
        return ElfDefect::None; // Linux takes the first one
    if (header.file_size < 2 || header.file_size > kLongestInterpreter)
        return ElfDefect::BadInterpreter;
    char path[kLongestInterpreter];
    std::span bytes(path, header.file_size);
    TRY_ELF(read(source, header.offset, std::as_writable_bytes(bytes)));
    if (bytes.back() != '\0' || bytes.front() == '\0')
        return ElfDefect::BadInterpreter;
    auto text = String::from(path);
    if (!text)
        return ElfDefect::OutOfMemory;
    image.interpreter = text.release_value();
    return ElfDefect::None;
}

ElfDefect set_tls(ElfImage& image, ProgramHeader const& header)
{
    bool is_alignment = header.alignment == 0 || is_power_of_two(header.alignment);
    if (header.file_size > header.memory_size || !is_alignment)
        return ElfDefect::BadSegment;
    image.tls = ElfTls { .address = header.address,
        .file_size = header.file_size,
        .memory_size = header.memory_size,
        .alignment = std::max<uint64_t>(header.alignment, 1) };
    return ElfDefect::None;
}

ElfDefect add_program_header(ElfSource& source, ElfImage& image, ProgramHeader const& header)
{
    switch (header.type) {
    case elf::kSegmentLoad:
        return add_segment(image, header, source.size());
    case elf::kSegmentInterpreter:
        return read_interpreter(source, image, header);
    case elf::kSegmentTls:
        return set_tls(image, header);
    case elf::kSegmentGnuStack:
        image.wants_executable_stack = header.flags & elf::kFlagExecute;
        return ElfDefect::None;
    default:
        return ElfDefect::None;
    }
}

// The segment that holds the table in the file also holds it in memory.
uint64_t program_headers_address(ElfImage const& image, uint64_t offset)
{
    for (auto const& segment : image.segments) {
        if (offset >= segment.offset && offset - segment.offset < segment.file_size)
            return segment.address + (offset - segment.offset);
    }
    return 0;
}

} // namespace

ElfDefect parse_elf(ElfSource& source, ElfImage& image)
{
    FileHeader header;
    TRY_ELF(read_header(source, header));
    image.is_position_independent = header.type == elf::kTypeShared;
    image.entry = header.entry;
    image.program_header_count = header.program_header_count;

    Vector<ProgramHeader> program_headers;
    if (!program_headers.resize(header.program_header_count))
        return ElfDefect::OutOfMemory;
    TRY_ELF(read(source, header.program_headers_offset, std::as_writable_bytes(program_headers.span())));
    for (auto const& program_header : program_headers)
        TRY_ELF(add_program_header(source, image, program_header));
    if (image.segments.is_empty())
        return ElfDefect::NothingToLoad;
    image.program_headers = program_headers_address(image, header.program_headers_offset);
    return ElfDefect::None;
}

std::string_view describe(ElfDefect defect)
{
    switch (defect) {
    case ElfDefect::None:
        return "is fine";
    case ElfDefect::Unreadable:
        return "cannot be read";
    case ElfDefect::OutOfMemory:
        return "does not fit into the runtime's memory";
    case ElfDefect::NotElf:
        return "is not an ELF file";
    case ElfDefect::ThirtyTwoBit:
        return "is a 32-bit ELF file; only 64-bit programs can run in an enclave";
    case ElfDefect::WrongMachine:
        return "is an ELF file for another processor; x86-64 is needed";
    case ElfDefect::WrongType:
        return "is an ELF file but no program (an object file or a core dump)";
    case ElfDefect::Truncated:
        return "is a truncated ELF file: its headers point behind its end";
    case ElfDefect::BadProgramHeaders:
        return "is a corrupt ELF file: bad program header table";
    case ElfDefect::NothingToLoad:
        return "is an ELF file without a loadable segment";
    case ElfDefect::BadSegment:
        return "is a corrupt ELF file: a segment with bad size, offset or alignment";
    case ElfDefect::AddressOverflow:
        return "is a corrupt ELF file: a segment outside of the address space";
    case ElfDefect::OverlappingSegments:
        return "is a corrupt ELF file: overlapping or unordered segments";
    case ElfDefect::BadInterpreter:
        return "is a corrupt ELF file: bad interpreter path";
    }
    return "has an unknown defect";
}

} // namespace farl
