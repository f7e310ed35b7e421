// Every address that something may jump to, as far as a file tells: direct branches, addresses taken by instructions,
// jump tables, symbols, functions, landing pads, relocations, endbr64. Too many are better than too few: no window
// may hold one after its first byte.
#pragma once

#include "owner/rewrite/address_set.h"
#include "owner/rewrite/code_map.h"
#include "owner/rewrite/decoder.h"

namespace farl::owner {

AddressSet find_branch_targets(
    ElfImage const& image, CodeFacts const& facts, std::vector<Stretch> const& stretches, Decoder const& decoder);

// The bytes of code that the dynamic linker writes to.
AddressSet find_relocated_code(ElfImage const& image, CodeFacts const& facts);

} // namespace farl::owner
