// The functions that .eh_frame describes, and the landing pads of their exception tables. Unsound entries are left out.
#pragma once

#include "owner/rewrite/elf_image.h"

namespace farl::owner {

struct FrameFunction {
    uint64_t begin;
    uint64_t end;
    uint64_t exception_table; // its address, or 0
    bool is_signal_frame;     // the range then begins one byte before the code
};

std::vector<FrameFunction> read_frame_functions(ElfImage const& image);

// Where the unwinder may enter the function.
std::vector<uint64_t> read_landing_pads(ElfImage const& image, FrameFunction const& function);

} // namespace farl::owner
