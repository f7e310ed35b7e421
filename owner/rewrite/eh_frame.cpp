#include "owner/rewrite/eh_frame.h"

#include "owner/rewrite/dwarf_pointer.h"

#include <map>

namespace farl::owner {

namespace {

struct FrameSection {
    uint64_t vaddr { 0 };
    std::span<std::byte const> bytes;
};

// Sections say where it ends; without them, PT_GNU_EH_FRAME says where it begins and a terminator ends it.
FrameSection find_eh_frame(ElfImage const& image)
{
    if (auto const* section = image.section_named(".eh_frame"))
        return { section->header.sh_addr, section->bytes };
    auto const* header = image.program_header(PT_GNU_EH_FRAME);
    if (!header)
        return {};
    ByteReader reader(image.bytes_of(*header));
    auto const encodings = reader.read<std::array<uint8_t, 4>>();
    auto const address = read_dwarf_pointer(reader, header->p_vaddr, encodings[1]);
    return address ? FrameSection { *address, image.bytes_from(*address) } : FrameSection {};
}

struct Cie {
    uint8_t pointer_encoding { 0 };
    uint8_t exception_table_encoding { kPointerOmitted };
    bool has_augmentation_size { false };
    bool is_signal_frame { false };
    bool is_known { false };
};

class FrameReader {
public:
    explicit FrameReader(FrameSection section) : section_(section) { }

    std::vector<FrameFunction> read()
    {
        ByteReader reader(section_.bytes);
        while (reader.remaining() >= sizeof(uint32_t) && read_entry(reader)) { }
        return std::move(functions_);
    }

private:
    bool read_entry(ByteReader& reader)
    {
        uint64_t size = reader.read<uint32_t>();
        if (size == 0)
            return true; // a terminator; static programs may have one before the end
        if (size == UINT32_MAX)
            size = reader.read<uint64_t>();
        auto const begin = reader.position();
        if (reader.take(size).size() != size)
            return false;
        ByteReader entry(section_.bytes.first(begin + size));
        entry.seek(begin);
        if (auto const id = entry.read<uint32_t>(); id != 0 && id <= begin)
            read_fde(entry, begin - id);
        return true;
    }

    void read_fde(ByteReader& reader, size_t cie_position)
    {
        auto const& cie = cie_at(cie_position);
        if (!cie.is_known)
            return;
        auto const begin = read_dwarf_pointer(reader, section_.vaddr, cie.pointer_encoding);
        auto const size = read_dwarf_number(reader, cie.pointer_encoding);
        if (!begin || !size || !reader.is_ok() || *size > UINT64_MAX - *begin)
            return;
        FrameFunction function { *begin, *begin + *size, 0, cie.is_signal_frame };
        if (cie.has_augmentation_size && cie.exception_table_encoding != kPointerOmitted) {
            reader.read_uleb128();
            function.exception_table =
                read_dwarf_pointer(reader, section_.vaddr, cie.exception_table_encoding).value_or(0);
        }
        functions_.push_back(function);
    }

    Cie const& cie_at(size_t position)
    {
        auto const [found, is_new] = cies_.try_emplace(position);
        if (is_new)
            found->second = read_cie(position);
        return found->second;
    }

    Cie read_cie(size_t position) const
    {
        Cie cie;
        ByteReader reader(section_.bytes);
        reader.seek(position);
        if (reader.read<uint32_t>() == UINT32_MAX)
            reader.read<uint64_t>();
        if (reader.read<uint32_t>() != 0)
            return cie;
        auto const version = reader.read<uint8_t>();
        auto const augmentation = reader.read_text();
        reader.read_uleb128();
        reader.read_uleb128(); // a signed number; its value does not matter
        if (version == 1)
            reader.read<uint8_t>();
        else
            reader.read_uleb128();
        cie.is_known = read_augmentation(reader, augmentation, cie) && reader.is_ok();
        return cie;
    }

    bool read_augmentation(ByteReader& reader, std::string_view augmentation, Cie& cie) const
    {
        for (char const letter : augmentation) {
            switch (letter) {
            case 'z':
                cie.has_augmentation_size = true;
                reader.read_uleb128();
                break;
            case 'L':
                cie.exception_table_encoding = reader.read<uint8_t>();
                break;
            case 'P':
                if (!read_dwarf_number(reader, reader.read<uint8_t>()))
                    return false;
                break;
            case 'R':
                cie.pointer_encoding = reader.read<uint8_t>();
                break;
            case 'S':
                cie.is_signal_frame = true;
                break;
            case 'B':
                break;
            default:
                return false;
            }
        }
        return true;
    }

    FrameSection section_;
    std::map<size_t, Cie> cies_;
    std::vector<FrameFunction> functions_;
};

} // namespace

std::vector<FrameFunction> read_frame_functions(ElfImage const& image)
{
    return FrameReader(find_eh_frame(image)).read();
}

std::vector<uint64_t> read_landing_pads(ElfImage const& image, FrameFunction const& function)
{
    ByteReader reader(image.bytes_from(function.exception_table));
    auto const start_encoding = reader.read<uint8_t>();
    auto start = function.begin;
    if (start_encoding != kPointerOmitted)
        start = read_dwarf_pointer(reader, function.exception_table, start_encoding).value_or(start);
    if (reader.read<uint8_t>() != kPointerOmitted)
        reader.read_uleb128();
    auto const call_site_encoding = reader.read<uint8_t>();
    ByteReader call_sites(reader.take(reader.read_uleb128()));

    std::vector<uint64_t> pads;
    while (call_sites.is_ok() && !call_sites.is_at_end()) {
        read_dwarf_number(call_sites, call_site_encoding);
        read_dwarf_number(call_sites, call_site_encoding);
        auto const pad = read_dwarf_number(call_sites, call_site_encoding);
        call_sites.read_uleb128();
        if (!pad)
            break;
        if (*pad != 0)
            pads.push_back(start + *pad);
    }
    return pads;
}

} // namespace farl::owner
