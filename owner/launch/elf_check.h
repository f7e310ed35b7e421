// Whether Farl can load an ELF file, judged before the enclave starts so that the answer can be one clear line.
// The runtime's loader does its own checks: this one protects nobody.
#pragma once

#include <string>

namespace farl::owner {

struct ElfVerdict {
    std::string problem;     // empty if the file can be loaded
    std::string interpreter; // of PT_INTERP; empty if there is none
};

bool is_elf(int fd);
ElfVerdict check_elf(int fd);

} // namespace farl::owner
