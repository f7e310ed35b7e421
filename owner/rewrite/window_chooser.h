// Chooses for each syscall the bytes that make room for a jump. Best are whole instructions that end at the syscall:
// the address after it then stays what it was.
#pragma once

#include "abi/formats/patch_table.h"
#include "owner/rewrite/branch_targets.h"
#include "owner/rewrite/site_finder.h"

#include <variant>

namespace farl::owner {

class WindowChooser {
public:
    WindowChooser(ElfImage const& image, CodeFacts const& facts, AddressSet const& targets);

    // Sites in ascending order. The stub's place in the area is left 0.
    std::variant<patch::PatchSite, patch::SkipReason> choose(Site const& site);

private:
    std::variant<patch::PatchSite, patch::SkipReason> attempt(Site const& site, Window window) const;

    bool is_signal_return(Site const& site) const;

    ElfImage const& image_;
    AddressSet const& targets_;
    AddressSet relocated_;
    std::vector<FrameFunction> signal_frames_;
    uint64_t free_from_ { 0 }; // the end of the last window
};

} // namespace farl::owner
