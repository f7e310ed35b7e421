#include "abi/formats/patch_table.h"

#include "base/checked.h"

#include <cstring>

namespace farl::patch {

namespace {

size_t sites_offset(PatchHeader const& header)
{
    return sizeof(PatchHeader) + size_t { header.segment_count } * sizeof(CodeSegment);
}

size_t skipped_offset(PatchHeader const& header)
{
    return sites_offset(header) + size_t { header.site_count } * sizeof(PatchSite);
}

size_t table_size(PatchHeader const& header)
{
    return skipped_offset(header) + size_t { header.skipped_count } * sizeof(SkippedSite);
}

bool is_well_formed(PatchHeader const& header)
{
    return header.magic == kPatchMagic && header.version == kPatchVersion && header.reserved == 0
        && header.segment_count <= kLargestSegmentCount && header.site_count <= kLargestSiteCount
        && header.skipped_count <= kLargestSiteCount;
}

bool is_range_below(uint64_t begin, uint64_t size, uint64_t end) { return begin <= end && size <= end - begin; }

} // namespace

Result<PatchTableView> PatchTableView::parse(std::span<std::byte const> bytes)
{
    PatchTableView view;
    if (bytes.size() < sizeof(PatchHeader))
        return Errno::Einval;
    std::memcpy(&view.header_, bytes.data(), sizeof(PatchHeader));
    if (!is_well_formed(view.header_) || table_size(view.header_) != bytes.size())
        return Errno::Einval;
    view.bytes_ = bytes;
    TRY(view.check_segments());
    TRY(view.check_sites());
    TRY(view.check_skipped());
    return view;
}

Result<> PatchTableView::check_segments() const
{
    uint64_t free_from = 0;
    for (uint32_t i = 0; i < segment_count(); ++i) {
        auto const item = segment(i);
        if (!is_range_below(item.file_offset, item.size, header_.file_size))
            return Errno::Einval;
        if (item.vaddr < free_from || !is_range_below(item.vaddr, item.size, kAddressEnd))
            return Errno::Einval;
        free_from = item.vaddr + item.size;
    }
    return {};
}

Result<> PatchTableView::check_sites() const
{
    uint64_t free_from = 0;
    uint64_t free_stub_from = 0;
    for (uint32_t i = 0; i < site_count(); ++i) {
        auto const item = site(i);
        if (!patch::is_well_formed(item) || !is_code(item.window_vaddr, item.window_size))
            return Errno::Einval;
        if (item.window_vaddr < free_from || item.stub_offset < free_stub_from
            || item.stub_offset % kStubAlignment != 0)
            return Errno::Einval;
        free_from = item.window_end();
        free_stub_from = uint64_t { item.stub_offset } + item.stub_size;
    }
    return free_stub_from <= header_.stub_area_size ? Result<> {} : Errno::Einval;
}

Result<> PatchTableView::check_skipped() const
{
    uint64_t free_from = 0;
    for (uint32_t i = 0; i < skipped_count(); ++i) {
        auto const item = skipped(i);
        if (item.reserved != 0 || item.vaddr < free_from || !is_code(item.vaddr, kSyscallSize))
            return Errno::Einval;
        if (item.reason < SkipReason::SignalReturn || item.reason > SkipReason::Relocated)
            return Errno::Einval;
        free_from = item.vaddr + kSyscallSize;
    }
    return {};
}

bool PatchTableView::is_code(uint64_t vaddr, uint64_t size) const
{
    for (uint32_t i = 0; i < segment_count(); ++i) {
        auto const item = segment(i);
        if (vaddr >= item.vaddr && is_range_below(vaddr - item.vaddr, size, item.size))
            return true;
    }
    return false;
}

template <typename Record>
Record PatchTableView::record(size_t offset, uint32_t index, uint32_t count) const
{
    ASSERT(index < count);
    Record copy;
    std::memcpy(&copy, bytes_.data() + offset + size_t { index } * sizeof(Record), sizeof(Record));
    return copy;
}

CodeSegment PatchTableView::segment(uint32_t index) const
{
    return record<CodeSegment>(sizeof(PatchHeader), index, segment_count());
}

PatchSite PatchTableView::site(uint32_t index) const
{
    return record<PatchSite>(sites_offset(header_), index, site_count());
}

SkippedSite PatchTableView::skipped(uint32_t index) const
{
    return record<SkippedSite>(skipped_offset(header_), index, skipped_count());
}

Result<uint64_t> PatchTableView::vaddr_of(uint64_t file_offset) const
{
    for (uint32_t i = 0; i < segment_count(); ++i) {
        auto const item = segment(i);
        auto const first_page = page_down(item.file_offset);
        if (file_offset >= first_page && file_offset < item.file_offset + item.size)
            return item.vaddr - item.file_offset + file_offset;
    }
    return Errno::Enoent;
}

// The last site whose key is not above `value`. Keys ascend.
template <typename Key>
Result<PatchSite> PatchTableView::last_site_from(uint64_t value, Key key) const
{
    uint32_t begin = 0;
    uint32_t end = site_count();
    while (begin < end) {
        auto const middle = begin + (end - begin) / 2;
        if (key(site(middle)) <= value)
            begin = middle + 1;
        else
            end = middle;
    }
    if (begin == 0)
        return Errno::Enoent;
    return site(begin - 1);
}

Result<PatchSite> PatchTableView::find(uint64_t vaddr) const
{
    auto found = TRY(last_site_from(vaddr, [](PatchSite const& site) { return site.window_vaddr; }));
    if (vaddr >= found.window_end())
        return Errno::Enoent;
    return found;
}

Result<PatchSite> PatchTableView::find_stub(uint32_t offset_in_area) const
{
    auto found =
        TRY(last_site_from(offset_in_area, [](PatchSite const& site) { return uint64_t { site.stub_offset }; }));
    if (offset_in_area - found.stub_offset >= found.stub_size)
        return Errno::Enoent;
    return found;
}

} // namespace farl::patch
