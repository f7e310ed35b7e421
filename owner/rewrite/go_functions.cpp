#include "owner/rewrite/go_functions.h"

#include <algorithm>

namespace farl::owner {

namespace {

// Magic numbers by the Go release that introduced the layout (Go's src/debug/gosym/pclntab.go).
constexpr uint32_t kGo12 = 0xfffffffb;
constexpr uint32_t kGo116 = 0xfffffffa;
constexpr uint32_t kGo118 = 0xfffffff0;
constexpr uint32_t kGo120 = 0xfffffff1;
constexpr size_t kHeaderSize = 8;

class GoTable {
public:
    GoTable(Section const& section, std::vector<Relocation> const& relocations)
        : section_(section),
          relocations_(relocations)
    {
    }

    std::vector<uint64_t> functions() const
    {
        ByteReader reader(section_.bytes);
        auto const magic = reader.read<uint32_t>();
        auto const padding = reader.read<uint16_t>();
        auto const quantum = reader.read<uint8_t>();
        auto const pointer_size = reader.read<uint8_t>();
        if (!reader.is_ok() || padding != 0 || quantum != 1 || pointer_size != sizeof(uint64_t))
            return {};
        switch (magic) {
        case kGo12:
            return entries<uint64_t>(kHeaderSize + sizeof(uint64_t), 0);
        case kGo116:
            return entries<uint64_t>(word(6), 0);
        case kGo118:
        case kGo120:
            return text_start() ? entries<uint32_t>(word(7), text_start()) : std::vector<uint64_t> {};
        default:
            return {};
        }
    }

private:
    uint64_t word(size_t index) const
    {
        ByteReader reader(section_.bytes);
        reader.seek(kHeaderSize + index * sizeof(uint64_t));
        return reader.read<uint64_t>();
    }

    // In a position-independent program the dynamic linker writes it.
    uint64_t text_start() const
    {
        auto const place = section_.header.sh_addr + kHeaderSize + 2 * sizeof(uint64_t);
        auto const is_here = [place](Relocation const& relocation) { return relocation.place == place; };
        auto const found = std::find_if(relocations_.begin(), relocations_.end(), is_here);
        return found == relocations_.end() ? word(2) : found->target;
    }

    // Pairs of a function's start and something else; one start more is the end of the last function.
    template <typename Word>
    std::vector<uint64_t> entries(uint64_t offset, uint64_t base) const
    {
        auto const count = word(0);
        ByteReader reader(section_.bytes);
        reader.seek(offset);
        if (reader.remaining() < sizeof(Word) || count > (reader.remaining() - sizeof(Word)) / (2 * sizeof(Word)))
            return {};
        std::vector<uint64_t> found;
        for (uint64_t i = 0; i <= count; ++i) {
            found.push_back(base + reader.read<Word>());
            if (i < count)
                reader.read<Word>();
        }
        return std::is_sorted(found.begin(), found.end()) ? found : std::vector<uint64_t> {};
    }

    Section const& section_;
    std::vector<Relocation> const& relocations_;
};

} // namespace

std::vector<uint64_t> read_go_functions(ElfImage const& image, std::vector<Relocation> const& relocations)
{
    for (auto const* name : { ".gopclntab", ".data.rel.ro.gopclntab" }) {
        if (auto const* section = image.section_named(name))
            return GoTable(*section, relocations).functions();
    }
    return {};
}

} // namespace farl::owner
