// Lays out a patch table (docs/formats/patch-table.md) and gives each stub its place in the stub area.
#pragma once

#include "abi/formats/patch_table.h"
#include "owner/rewrite/elf_image.h"

namespace farl::owner {

class TableWriter {
public:
    // Both in ascending order of address.
    void add(patch::PatchSite site);
    void add(patch::SkippedSite site) { skipped_.push_back(site); }

    std::vector<std::byte> finish(ElfImage const& image, patch::Digest const& content) const;

private:
    std::vector<patch::PatchSite> sites_;
    std::vector<patch::SkippedSite> skipped_;
    uint32_t stub_area_size_ { 0 };
};

} // namespace farl::owner
