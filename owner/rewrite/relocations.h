// What the dynamic linker (or a static program's start code) writes, and which addresses it writes: RELA, PLT
// relocations, RELR.
#pragma once

#include "owner/rewrite/elf_image.h"

namespace farl::owner {

struct Relocation {
    uint64_t place;
    uint64_t target; // link-time address that the place will hold; 0 if it is not known from this file
};

std::vector<Relocation> read_relocations(ElfImage const& image);

} // namespace farl::owner
