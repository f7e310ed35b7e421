// Finds the true `syscall` instructions of a file. Bytes 0f 05 in data, or inside another instruction, are none.
#pragma once

#include "owner/rewrite/code_map.h"
#include "owner/rewrite/decoder.h"

namespace farl::owner {

// A syscall with the instructions around it, all from the same stretch.
struct Site {
    std::vector<Instruction> instructions;
    size_t index; // of the syscall

    Instruction const& syscall() const { return instructions[index]; }
};

// The instructions [first, last] of a site's context, with the syscall among them.
struct Window {
    size_t first;
    size_t last;
};

struct FoundSites {
    std::vector<Site> sites;        // ascending
    std::vector<uint64_t> unproven; // decode as `syscall`, but where no code is known to be
};

FoundSites find_sites(ElfImage const& image, std::vector<Stretch> const& stretches, Decoder const& decoder);

} // namespace farl::owner
