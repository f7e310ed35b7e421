#include "owner/rewrite/dynamic_section.h"

namespace farl::owner {

DynamicSection::DynamicSection(ElfImage const& image) : image_(image)
{
    auto const* header = image.program_header(PT_DYNAMIC);
    if (!header)
        return;
    ByteReader reader(image.bytes_of(*header));
    while (!reader.is_at_end()) {
        auto const entry = reader.read<Elf64_Dyn>();
        if (!reader.is_ok() || entry.d_tag == DT_NULL)
            return;
        entries_.push_back(entry);
    }
}

std::optional<uint64_t> DynamicSection::value(int64_t tag) const
{
    for (auto const& entry : entries_) {
        if (entry.d_tag == tag)
            return entry.d_un.d_val;
    }
    return {};
}

std::vector<uint64_t> DynamicSection::values(int64_t tag) const
{
    std::vector<uint64_t> found;
    for (auto const& entry : entries_) {
        if (entry.d_tag == tag)
            found.push_back(entry.d_un.d_val);
    }
    return found;
}

std::string_view DynamicSection::text(uint64_t offset) const
{
    ByteReader reader(table(DT_STRTAB, DT_STRSZ));
    reader.seek(offset);
    return reader.read_text();
}

std::span<std::byte const> DynamicSection::table(int64_t address_tag, int64_t size_tag) const
{
    auto const address = value(address_tag);
    auto const size = value(size_tag);
    if (!address || !size)
        return {};
    return image_.bytes_at(*address, *size);
}

} // namespace farl::owner
