// The symbols that a file defines in its code, from .symtab and .dynsym (or PT_DYNAMIC, where sections are stripped).
#pragma once

#include "owner/rewrite/elf_image.h"

namespace farl::owner {

struct CodeSymbol {
    uint64_t vaddr;
    uint64_t size;
    uint8_t type; // STT_FUNC, STT_OBJECT, ...
};

std::vector<CodeSymbol> read_code_symbols(ElfImage const& image);

// The value of each entry of the dynamic symbol table, by index: what relocations refer to.
std::vector<uint64_t> read_dynamic_symbol_values(ElfImage const& image);

} // namespace farl::owner
