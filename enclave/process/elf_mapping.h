// ELF files in the process's memory: the program and its interpreter.
#pragma once

#include "enclave/loader/elf.h"
#include "enclave/process/process.h"

namespace farl {

struct LoadedElf {
    uint64_t bias { 0 };
    uint64_t entry { 0 };
    uint64_t program_headers { 0 };
    uint64_t end { 0 };
    ElfImage image;
};

ElfDefect inspect_elf(File& file, ElfImage& image);

// Maps all segments. `wanted` is a hint for what is position independent. EEXIST if a fixed place is taken.
Result<LoadedElf> map_elf(Process& process, File& file, ElfImage image, uint64_t wanted);

} // namespace farl
