// Hand-made patch tables for tests of the reader and of what applies them.
#pragma once

#include "abi/formats/patch_table.h"

#include <cstring>
#include <initializer_list>
#include <vector>

namespace farl::patch {

inline constexpr uint64_t kSampleText = 0x1000;
inline constexpr uint32_t kSampleStubs = 128;

inline void put(uint8_t* at, std::initializer_list<int> bytes)
{
    for (auto byte : bytes)
        *at++ = static_cast<uint8_t>(byte);
}

// mov $39,%eax; syscall
inline PatchSite sample_site_before(uint64_t vaddr, uint32_t stub_offset)
{
    PatchSite site { vaddr, stub_offset, 7, 5, 20, 1, { 8 }, {}, {} };
    put(site.original, { 0xb8, 39, 0, 0, 0, 0x0f, 0x05 });
    put(site.stub, { 0xb8, 39, 0, 0, 0, 0x48, 0x8d, 0x0d, 0xfb, 0xff, 0xff, 0xff, 0x65, 0xff, 0x24, 0x25, 8, 0, 0, 0 });
    return site;
}

// syscall; mov 0x100(%rip),%rdx: the displacement and the jump back leave the stub.
inline PatchSite sample_site_after(uint64_t vaddr, uint32_t stub_offset)
{
    PatchSite site { vaddr, stub_offset, 9, 0, 29, 2, { 20, 25 }, {}, {} };
    put(site.original, { 0x0f, 0x05, 0x48, 0x8b, 0x15, 0, 1, 0, 0 });
    put(site.stub, { 0x48, 0x8d, 0x0d, 10, 0, 0, 0, 0x65, 0xff, 0x24, 0x25, 8, 0, 0, 0, 0x0f, 0x05 });
    put(site.stub + 17, { 0x48, 0x8b, 0x15, 0xf1, 0, 0, 0, 0xe9, 0xec, 0xff, 0xff, 0xff });
    return site;
}

inline std::vector<std::byte> bytes_of_table(PatchHeader const& header, std::vector<CodeSegment> const& segments,
    std::vector<PatchSite> const& sites, std::vector<SkippedSite> const& skipped)
{
    std::vector<std::byte> bytes;
    auto append = [&](void const* data, size_t size) {
        auto const* begin = static_cast<std::byte const*>(data);
        bytes.insert(bytes.end(), begin, begin + size);
    };
    append(&header, sizeof(header));
    append(segments.data(), segments.size() * sizeof(CodeSegment));
    append(sites.data(), sites.size() * sizeof(PatchSite));
    append(skipped.data(), skipped.size() * sizeof(SkippedSite));
    return bytes;
}

inline std::vector<PatchSite> sample_sites()
{
    return { sample_site_before(kSampleText + 0x10, 0), sample_site_after(kSampleText + 0x40, 32) };
}

inline std::vector<std::byte> sample_table(std::vector<PatchSite> const& sites = sample_sites())
{
    PatchHeader const header { kPatchMagic, kPatchVersion, 1, static_cast<uint32_t>(sites.size()), 1, 0x5000,
        kSampleStubs, 0, {} };
    return bytes_of_table(
        header, { { 0x2000, kSampleText, 0x1000 } }, sites, { { kSampleText + 0x80, SkipReason::SignalReturn, 0 } });
}

// One page of text that holds the windows of the sample sites.
inline std::vector<std::byte> sample_text()
{
    std::vector<std::byte> text(0x1000, std::byte { 0x90 });
    for (auto const& site : sample_sites())
        std::memcpy(text.data() + (site.window_vaddr - kSampleText), site.original, site.window_size);
    return text;
}

} // namespace farl::patch
