// Applies a patch table to code that has been copied into the enclave and is still writable: each site's stub goes
// into the stub area, and five bytes at the site become a jump to it. No disassembler, no allocation, no state.
// Whatever the table says, nothing outside the two spans is written. Nobody may execute the text meanwhile.
#pragma once

#include "abi/formats/patch_table.h"

namespace farl {

// Bytes of a stub area for the table; the area must lie within 2 GiB of all of the text.
inline uint64_t stub_area_size(patch::PatchTableView const& table) { return table.stub_area_size(); }

struct PatchTarget {
    uint64_t bias; // address at run time minus link-time address
    uint64_t text_address;
    std::span<std::byte> text; // where text_address can be written; may be a part of a segment
    uint64_t stubs_address;
    std::span<std::byte> stubs; // where stubs_address can be written
};

struct PatchCount {
    uint32_t applied { 0 };
    uint32_t outside { 0 };     // the window is not (all) in `text`, or the stub not in `stubs`
    uint32_t mismatched { 0 };  // other bytes than those that were analysed
    uint32_t unreachable { 0 }; // further than 2 GiB
};

// Sites that are not applied keep their bytes, and trap.
PatchCount apply_patches(patch::PatchTableView const& table, PatchTarget const& target);

} // namespace farl
