// The parts of the ELF-64 format (System V ABI, AMD64 supplement) that a program loader reads, and the auxiliary
// vector.
#pragma once

#include <cstdint>

namespace farl::elf {

struct FileHeader {
    uint8_t identification[16];
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t program_headers_offset;
    uint64_t section_headers_offset;
    uint32_t flags;
    uint16_t header_size;
    uint16_t program_header_size;
    uint16_t program_header_count;
    uint16_t section_header_size;
    uint16_t section_header_count;
    uint16_t section_names_index;
};
static_assert(sizeof(FileHeader) == 64);

struct ProgramHeader {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t address;
    uint64_t physical_address;
    uint64_t file_size;
    uint64_t memory_size;
    uint64_t alignment;
};
static_assert(sizeof(ProgramHeader) == 56);

inline constexpr uint8_t kMagic[4] = { 0x7f, 'E', 'L', 'F' };
inline constexpr int kClassIndex = 4;
inline constexpr int kDataIndex = 5;
inline constexpr int kVersionIndex = 6;
inline constexpr uint8_t kClass32 = 1;
inline constexpr uint8_t kClass64 = 2;
inline constexpr uint8_t kLittleEndian = 1;
inline constexpr uint8_t kCurrentVersion = 1;
inline constexpr uint16_t kTypeExecutable = 2;
inline constexpr uint16_t kTypeShared = 3;
inline constexpr uint16_t kMachineX8664 = 62;

inline constexpr uint32_t kSegmentLoad = 1;
inline constexpr uint32_t kSegmentInterpreter = 3;
inline constexpr uint32_t kSegmentTls = 7;
inline constexpr uint32_t kSegmentGnuStack = 0x6474'e551;
inline constexpr uint32_t kFlagExecute = 1;
inline constexpr uint32_t kFlagWrite = 2;
inline constexpr uint32_t kFlagRead = 4;

struct AuxiliaryEntry {
    uint64_t type;
    uint64_t value;
};
static_assert(sizeof(AuxiliaryEntry) == 16);

inline constexpr uint64_t kAuxNull = 0;
inline constexpr uint64_t kAuxProgramHeaders = 3;
inline constexpr uint64_t kAuxProgramHeaderSize = 4;
inline constexpr uint64_t kAuxProgramHeaderCount = 5;
inline constexpr uint64_t kAuxPageSize = 6;
inline constexpr uint64_t kAuxBase = 7;
inline constexpr uint64_t kAuxFlags = 8;
inline constexpr uint64_t kAuxEntry = 9;
inline constexpr uint64_t kAuxUid = 11;
inline constexpr uint64_t kAuxEuid = 12;
inline constexpr uint64_t kAuxGid = 13;
inline constexpr uint64_t kAuxEgid = 14;
inline constexpr uint64_t kAuxPlatform = 15;
inline constexpr uint64_t kAuxHwcap = 16;
inline constexpr uint64_t kAuxClockTicks = 17;
inline constexpr uint64_t kAuxSecure = 23;
inline constexpr uint64_t kAuxRandom = 25;
inline constexpr uint64_t kAuxHwcap2 = 26;
inline constexpr uint64_t kAuxExecutable = 31;
inline constexpr uint64_t kAuxVdso = 33;
inline constexpr uint64_t kAuxMinimumSignalStack = 51;

} // namespace farl::elf
