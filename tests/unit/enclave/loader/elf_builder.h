// A small ELF file in memory, correct until a test spoils it.
#pragma once

#include "enclave/loader/elf.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace farl {

class ElfBytes final : public ElfSource {
public:
    explicit ElfBytes(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) { }

    uint64_t size() const override { return bytes_.size(); }
    Result<> read_at(uint64_t offset, std::span<std::byte> buffer) override
    {
        EXPECT_TRUE(offset <= bytes_.size() && buffer.size() <= bytes_.size() - offset);
        std::memcpy(buffer.data(), bytes_.data() + offset, buffer.size());
        return {};
    }

private:
    std::vector<std::byte> bytes_;
};

struct ElfBuilder {
    elf::FileHeader header { .identification = { 0x7f, 'E', 'L', 'F', 2, 1, 1 },
        .type = elf::kTypeShared,
        .machine = elf::kMachineX8664,
        .version = 1,
        .entry = 0x1040,
        .program_headers_offset = sizeof(elf::FileHeader),
        .header_size = sizeof(elf::FileHeader),
        .program_header_size = sizeof(elf::ProgramHeader) };
    std::vector<elf::ProgramHeader> segments {
        { elf::kSegmentInterpreter, 4, 0x400, 0x400, 0, 12, 12, 1 },
        { elf::kSegmentLoad, 4, 0, 0, 0, 0x800, 0x800, 0x1000 },
        { elf::kSegmentLoad, 5, 0x1000, 0x1000, 0, 0x900, 0x900, 0x1000 },
        { elf::kSegmentLoad, 6, 0x1900, 0x2900, 0, 0x300, 0x1000, 0x1000 },
        { elf::kSegmentTls, 4, 0x1900, 0x2900, 0, 8, 0x20, 16 },
        { elf::kSegmentGnuStack, 6, 0, 0, 0, 0, 0, 16 },
    };
    std::string interpreter { "/lib/ld.so.2", 12 };
    size_t size { 0x2000 };

    std::vector<std::byte> bytes()
    {
        interpreter.back() = '\0';
        header.program_header_count = static_cast<uint16_t>(segments.size());
        std::vector<std::byte> file(0x2000);
        std::memcpy(file.data(), &header, sizeof(header));
        std::memcpy(file.data() + sizeof(header), segments.data(), segments.size() * sizeof(segments[0]));
        std::memcpy(file.data() + 0x400, interpreter.data(), interpreter.size());
        file.resize(size);
        return file;
    }
    ElfDefect parse(ElfImage& image)
    {
        ElfBytes source(bytes());
        return parse_elf(source, image);
    }
    ElfDefect parse()
    {
        ElfImage image;
        return parse(image);
    }
};

} // namespace farl
