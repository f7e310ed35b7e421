// The dynamic section (PT_DYNAMIC): what the dynamic linker will relocate and which libraries it will look for.
#pragma once

#include "owner/rewrite/elf_image.h"

#include <optional>

namespace farl::owner {

class DynamicSection {
public:
    explicit DynamicSection(ElfImage const& image);

    std::optional<uint64_t> value(int64_t tag) const; // of the first entry with the tag
    std::vector<uint64_t> values(int64_t tag) const;
    std::string_view text(uint64_t offset) const; // in DT_STRTAB
    // The table that an address entry and a size entry describe; empty if there is none.
    std::span<std::byte const> table(int64_t address_tag, int64_t size_tag) const;

private:
    ElfImage const& image_;
    std::vector<Elf64_Dyn> entries_;
};

} // namespace farl::owner
