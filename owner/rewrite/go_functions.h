// The functions of a Go program, from .gopclntab: Go has no .eh_frame, and stripped Go no symbols.
#pragma once

#include "owner/rewrite/elf_image.h"
#include "owner/rewrite/relocations.h"

namespace farl::owner {

// Ascending addresses: each function reaches to the next address, the last one is an end. Empty if it is no Go program,
// or one whose table is of an unknown version.
std::vector<uint64_t> read_go_functions(ElfImage const& image, std::vector<Relocation> const& relocations);

} // namespace farl::owner
