// The code of a file cut into stretches at every address where an instruction is known to begin: functions by
// .eh_frame, by symbols, by Go's table, and the borders of code sections. Linear decoding starts anew at each.
#pragma once

#include "owner/rewrite/eh_frame.h"
#include "owner/rewrite/relocations.h"
#include "owner/rewrite/symbols.h"

namespace farl::owner {

enum class Trust : uint8_t {
    Function, // inside a function whose extent is known
    Unproven, // between functions: code if all of it decodes
    Data,     // a sized data symbol in the text
};

struct Stretch {
    uint64_t begin;
    uint64_t end;
    Trust trust;
};

// What a file says about its code.
struct CodeFacts {
    explicit CodeFacts(ElfImage const& image);

    std::vector<FrameFunction> frame_functions;
    std::vector<CodeSymbol> symbols;
    std::vector<Relocation> relocations;
    std::vector<uint64_t> go_functions;
};

// Ascending and disjoint; each within one executable segment.
std::vector<Stretch> cut_into_stretches(ElfImage const& image, CodeFacts const& facts);

// The range of a signal frame's FDE begins one byte early, so that the unwinder finds the return address in it.
inline uint64_t code_begin(FrameFunction const& function)
{
    return function.begin + (function.is_signal_frame ? 1 : 0);
}

} // namespace farl::owner
