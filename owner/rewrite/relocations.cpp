#include "owner/rewrite/relocations.h"

#include "owner/rewrite/dynamic_section.h"
#include "owner/rewrite/symbols.h"

namespace farl::owner {

namespace {

class RelocationReader {
public:
    explicit RelocationReader(ElfImage const& image) : image_(image), symbol_values_(read_dynamic_symbol_values(image))
    {
    }

    void read_rela(std::span<std::byte const> table)
    {
        ByteReader reader(table);
        while (reader.remaining() >= sizeof(Elf64_Rela)) {
            auto const entry = reader.read<Elf64_Rela>();
            found_.push_back({ entry.r_offset, symbol_value(entry) + static_cast<uint64_t>(entry.r_addend) });
        }
    }

    // An even word is a place; an odd one is a bitmap of the 63 words after the last place.
    void read_relr(std::span<std::byte const> table)
    {
        ByteReader reader(table);
        uint64_t next = 0;
        while (reader.remaining() >= sizeof(uint64_t)) {
            auto const word = reader.read<uint64_t>();
            if (!(word & 1)) {
                add_relative(word);
                next = word + sizeof(uint64_t);
                continue;
            }
            for (unsigned bit = 1; bit < 64; ++bit) {
                if ((word >> bit) & 1)
                    add_relative(next + (bit - 1) * sizeof(uint64_t));
            }
            next += 63 * sizeof(uint64_t);
        }
    }

    std::vector<Relocation> take() { return std::move(found_); }

private:
    uint64_t symbol_value(Elf64_Rela const& entry) const
    {
        auto const index = ELF64_R_SYM(entry.r_info);
        return index < symbol_values_.size() ? symbol_values_[index] : 0;
    }

    void add_relative(uint64_t place)
    {
        ByteReader reader(image_.bytes_at(place, sizeof(uint64_t)));
        found_.push_back({ place, reader.read<uint64_t>() });
    }

    ElfImage const& image_;
    std::vector<uint64_t> symbol_values_;
    std::vector<Relocation> found_;
};

bool is_loaded(Section const& section, uint32_t type)
{
    return section.header.sh_type == type && (section.header.sh_flags & SHF_ALLOC) != 0;
}

} // namespace

std::vector<Relocation> read_relocations(ElfImage const& image)
{
    DynamicSection const dynamic(image);
    RelocationReader reader(image);
    reader.read_rela(dynamic.table(DT_RELA, DT_RELASZ));
    reader.read_rela(dynamic.table(DT_JMPREL, DT_PLTRELSZ));
    reader.read_relr(dynamic.table(DT_RELR, DT_RELRSZ));
    // A static program has no dynamic section, but R_X86_64_IRELATIVE entries in a loaded section.
    if (!image.program_header(PT_DYNAMIC)) {
        for (auto const& section : image.sections()) {
            if (is_loaded(section, SHT_RELA))
                reader.read_rela(section.bytes);
            if (is_loaded(section, SHT_RELR))
                reader.read_relr(section.bytes);
        }
    }
    return reader.take();
}

} // namespace farl::owner
