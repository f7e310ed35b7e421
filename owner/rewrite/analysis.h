// Analyses one ELF file: which `syscall` instructions it has, and how each can be replaced by a jump to a stub.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace farl::owner {

// Part of the cache's key: raise it whenever the same file may give another table.
inline constexpr uint32_t kAnalyserVersion = 2;

struct Analysis {
    std::vector<std::byte> table;   // docs/formats/patch-table.md; passes PatchTableView::parse
    std::vector<uint64_t> unproven; // addresses that look like `syscall` where no code is known to be: not patched
};

// ENOEXEC if it is not an ELF file for x86-64 that Linux would load.
Result<Analysis> analyse(std::span<std::byte const> file);

} // namespace farl::owner
