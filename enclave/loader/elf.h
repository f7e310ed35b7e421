// Reads an ELF-64 program or interpreter as Linux's binfmt_elf does, and says precisely what is wrong with one that
// cannot run. Pure and strict: each byte is read once, nothing in the file is believed without a check, the work is
// bounded.
#pragma once

#include "abi/linux/elf.h"
#include "base/string.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace farl {

// The bytes of a file, wherever they are.
class ElfSource {
public:
    virtual uint64_t size() const = 0;
    // Fills the buffer; a short read is an error.
    virtual Result<> read_at(uint64_t offset, std::span<std::byte> buffer) = 0;

protected:
    ~ElfSource() = default;
};

enum class ElfDefect {
    None,
    Unreadable,
    OutOfMemory,
    NotElf,
    ThirtyTwoBit,
    WrongMachine, // or byte order
    WrongType,    // relocatable object, core file
    Truncated,
    BadProgramHeaders,
    NothingToLoad,
    BadSegment, // file larger than memory, offset and address not congruent, bad alignment
    AddressOverflow,
    OverlappingSegments, // or not in ascending order
    BadInterpreter,      // empty, too long, not terminated
};

// Completes the sentence "FILE ...".
std::string_view describe(ElfDefect defect);

struct ElfSegment {
    uint64_t address { 0 }; // link-time; not page-aligned
    uint64_t memory_size { 0 };
    uint64_t offset { 0 };
    uint64_t file_size { 0 };
    int protection { 0 }; // kProt*

    uint64_t end() const { return address + memory_size; }
};

struct ElfTls {
    uint64_t address { 0 };
    uint64_t file_size { 0 };
    uint64_t memory_size { 0 };
    uint64_t alignment { 1 };
};

struct ElfImage {
    bool is_position_independent { false };
    uint64_t entry { 0 };        // link-time, as all addresses here
    Vector<ElfSegment> segments; // ascending, disjoint, each with memory
    uint64_t start { 0 };        // page-aligned border of all segments
    uint64_t end { 0 };
    uint64_t alignment { 4096 };    // largest of the segments
    uint64_t program_headers { 0 }; // where they are in memory; 0 if no segment holds them
    uint16_t program_header_count { 0 };
    String interpreter; // empty: none
    std::optional<ElfTls> tls;
    bool wants_executable_stack { false };
    bool has_writable_code { false }; // Linux allows it; worth a line in the log

    uint64_t span() const { return end - start; }
};

[[nodiscard]] ElfDefect parse_elf(ElfSource& source, ElfImage& image);

} // namespace farl
