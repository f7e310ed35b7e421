// Builds one site of a patch table: the window's bytes and the stub that they move to.
#pragma once

#include "abi/formats/patch_table.h"
#include "owner/rewrite/site_finder.h"

#include <optional>

namespace farl::owner {

// Nothing if an instruction of the window cannot move. The stub's place in the area is left 0.
std::optional<patch::PatchSite> build_site(ElfImage const& image, Site const& site, Window window);

} // namespace farl::owner
