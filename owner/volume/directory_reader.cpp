#include "owner/volume/directory_reader.h"

#include <cstring>

namespace farl::owner {

using namespace formats;

std::vector<DirectoryEntry> entries_in(SlotData const& block)
{
    constexpr size_t kStart = offsetof(VolumeDirectoryBlock, entries);
    uint16_t used;
    std::memcpy(&used, block.data(), sizeof(used));
    if (used > block.size() - kStart)
        throw StoreDamage("more entries than fit into a block");
    std::vector<DirectoryEntry> entries;
    for (auto rest = std::span(block).subspan(kStart, used); !rest.empty();) {
        VolumeDirectoryEntry entry;
        if (rest.size() < sizeof(entry))
            throw StoreDamage("an entry is cut short");
        std::memcpy(&entry, rest.data(), sizeof(entry));
        auto const size = (sizeof(entry) + entry.name_size + 7) / 8 * 8;
        if (size > rest.size())
            throw StoreDamage("a name is cut short");
        std::string name(reinterpret_cast<char const*>(rest.data()) + sizeof(entry), entry.name_size);
        if (name.empty() || name == "." || name == ".." || name.find_first_of(std::string_view("/\0", 2)) != name.npos)
            throw StoreDamage("a name that no file can have");
        entries.push_back({ std::move(name), entry.inode, entry.type });
        rest = rest.subspan(size);
    }
    return entries;
}

} // namespace farl::owner
