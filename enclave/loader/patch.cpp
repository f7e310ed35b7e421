#include "enclave/loader/patch.h"

#include <cstring>

namespace farl {

namespace {

using patch::PatchSite;

// The part of `memory`, which begins at `address`, that belongs to [begin, begin + size). Empty if not all of it.
std::span<std::byte> part_of(std::span<std::byte> memory, uint64_t address, uint64_t begin, size_t size)
{
    auto const offset = begin - address; // wraps to a huge value below `address`
    if (offset > memory.size() || memory.size() - offset < size)
        return {};
    return memory.subspan(offset, size);
}

bool is_unchanged(std::span<std::byte const> window, PatchSite const& site)
{
    for (size_t i = 0; i < window.size(); ++i) {
        if (window[i] != std::byte { site.original[i] })
            return false;
    }
    return true;
}

bool fits_displacement(int64_t value) { return value == static_cast<int32_t>(value); }

// The stub was linked as if it lay at the window: each displacement out of it grows by the distance.
bool relocate(PatchSite& site, int64_t distance)
{
    for (size_t i = 0; i < site.fixup_count; ++i) {
        int32_t displacement;
        std::memcpy(&displacement, site.stub + site.fixups[i], sizeof(displacement));
        int64_t moved;
        if (__builtin_add_overflow(distance, int64_t { displacement }, &moved) || !fits_displacement(moved))
            return false;
        displacement = static_cast<int32_t>(moved);
        std::memcpy(site.stub + site.fixups[i], &displacement, sizeof(displacement));
    }
    return true;
}

void write_jump(std::span<std::byte> window, int32_t displacement)
{
    window[0] = std::byte { 0xe9 };
    std::memcpy(window.data() + 1, &displacement, sizeof(displacement));
}

uint32_t& apply(PatchSite site, PatchTarget const& target, PatchCount& count)
{
    auto const window_address = target.bias + site.window_vaddr;
    auto const stub_address = target.stubs_address + site.stub_offset;
    auto const window = part_of(target.text, target.text_address, window_address, site.window_size);
    auto const stub = part_of(target.stubs, target.stubs_address, stub_address, site.stub_size);
    if (window.empty() || stub.empty())
        return count.outside;
    if (!is_unchanged(window, site))
        return count.mismatched;

    auto const distance = static_cast<int64_t>(window_address - stub_address);
    auto const jump = static_cast<int64_t>(stub_address - (window_address + patch::kJumpSize));
    if (!fits_displacement(jump) || !relocate(site, distance))
        return count.unreachable;
    std::memcpy(stub.data(), site.stub, site.stub_size);
    write_jump(window, static_cast<int32_t>(jump));
    return count.applied;
}

} // namespace

PatchCount apply_patches(patch::PatchTableView const& table, PatchTarget const& target)
{
    PatchCount count;
    for (uint32_t i = 0; i < table.site_count(); ++i)
        ++apply(table.site(i), target, count);
    return count;
}

} // namespace farl
