#include "abi/formats/patch_table.h"

#include <cstring>

namespace farl::patch {

namespace {

constexpr uint8_t kLea[] { 0x48, 0x8d, 0x0d };
constexpr uint8_t kJumpToEntry[] { 0x65, 0xff, 0x24, 0x25, 0x08, 0x00, 0x00, 0x00 };

bool are_equal(std::span<uint8_t const> a, std::span<uint8_t const> b)
{
    if (a.size() != b.size())
        return false;
    for (size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i])
            return false;
    }
    return true;
}

bool is_zero_from(std::span<uint8_t const> bytes, size_t begin)
{
    for (size_t i = begin; i < bytes.size(); ++i) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

int32_t displacement_at(PatchSite const& site, size_t offset)
{
    int32_t value;
    std::memcpy(&value, site.stub + offset, sizeof(value));
    return value;
}

bool has_plausible_sizes(PatchSite const& site)
{
    return site.window_size >= kJumpSize && site.window_size <= kLargestWindow
        && site.syscall_offset + kSyscallSize <= site.window_size && site.stub_size <= kLargestStub
        && site.stub_size >= site.syscall_offset + kEntrySize && site.fixup_count <= kLargestFixupCount;
}

// Fixups lie in the code that moved, apart from each other, or are exactly the displacement of the lea.
bool has_plausible_fixups(PatchSite const& site)
{
    size_t free_from = 0;
    for (size_t i = 0; i < site.fixup_count; ++i) {
        size_t const begin = site.fixups[i];
        size_t const end = begin + sizeof(int32_t);
        bool const is_lea = begin == site.syscall_offset + kLeaDisplacement;
        bool const is_in_entry = begin < site.return_position() && end > site.syscall_offset;
        if (begin < free_from || end > site.stub_size || (is_in_entry && !is_lea))
            return false;
        free_from = end;
    }
    return is_zero_from(site.fixups, site.fixup_count);
}

bool has_fixup(PatchSite const& site, size_t offset)
{
    for (size_t i = 0; i < site.fixup_count; ++i) {
        if (site.fixups[i] == offset)
            return true;
    }
    return false;
}

// The lea loads the end of the window, if a syscall remains before it, or else what follows a syscall in the stub.
bool has_true_return_address(PatchSite const& site)
{
    size_t const at = site.syscall_offset + kLeaDisplacement;
    auto const displacement = displacement_at(site, at);
    if (site.returns_to_text())
        return has_fixup(site, at) && site.stub_size == site.syscall_offset + kEntrySize
            && displacement == int32_t { site.window_size } - static_cast<int32_t>(site.syscall_offset + kLeaSize);
    if (has_fixup(site, at) || site.stub_size <= site.return_position())
        return false;
    auto const* before_return = site.stub + site.return_position() - kSyscallSize;
    return displacement == kReturnOffset - kLeaSize && before_return[0] == 0x0f && before_return[1] == 0x05;
}

bool has_entry_code(PatchSite const& site)
{
    auto const entry = std::span(site.stub).subspan(site.syscall_offset, kEntrySize);
    return are_equal(entry.first(sizeof(kLea)), kLea) && are_equal(entry.subspan(kLeaSize), kJumpToEntry);
}

} // namespace

bool is_well_formed(PatchSite const& site)
{
    if (!has_plausible_sizes(site) || !has_plausible_fixups(site))
        return false;
    bool const has_syscall =
        site.original[site.syscall_offset] == 0x0f && site.original[site.syscall_offset + 1] == 0x05;
    return has_syscall && has_entry_code(site) && has_true_return_address(site)
        && is_zero_from(site.original, site.window_size) && is_zero_from(site.stub, site.stub_size);
}

uint64_t PatchSite::original_vaddr(uint32_t offset_in_stub) const
{
    if (offset_in_stub < syscall_offset)
        return window_vaddr + offset_in_stub;
    auto const after = return_position();
    if (offset_in_stub < after)
        return syscall_vaddr();
    auto const vaddr = syscall_vaddr() + kSyscallSize + (offset_in_stub - after);
    return vaddr < window_end() ? vaddr : window_end();
}

uint32_t PatchSite::stub_position(uint64_t vaddr) const
{
    auto const offset = static_cast<uint32_t>(vaddr - window_vaddr);
    return offset <= syscall_offset ? offset : offset + static_cast<uint32_t>(kReturnOffset - kSyscallSize);
}

} // namespace farl::patch
