#include "owner/rewrite/table_writer.h"

#include "base/checked.h"

namespace farl::owner {

namespace {

template <typename Record>
void append(std::vector<std::byte>& bytes, std::span<Record const> records)
{
    auto const added = std::as_bytes(records);
    bytes.insert(bytes.end(), added.begin(), added.end());
}

std::vector<patch::CodeSegment> code_segments(ElfImage const& image)
{
    std::vector<patch::CodeSegment> segments;
    for (auto const& segment : image.segments()) {
        if (segment.is_executable)
            segments.push_back({ segment.file_offset, segment.vaddr, segment.bytes.size() });
    }
    return segments;
}

} // namespace

void TableWriter::add(patch::PatchSite site)
{
    site.stub_offset = stub_area_size_;
    stub_area_size_ = align_up<uint32_t>(stub_area_size_ + site.stub_size, patch::kStubAlignment);
    sites_.push_back(site);
}

std::vector<std::byte> TableWriter::finish(ElfImage const& image, patch::Digest const& content) const
{
    auto const segments = code_segments(image);
    patch::PatchHeader const header {
        .magic = patch::kPatchMagic,
        .version = patch::kPatchVersion,
        .segment_count = static_cast<uint32_t>(segments.size()),
        .site_count = static_cast<uint32_t>(sites_.size()),
        .skipped_count = static_cast<uint32_t>(skipped_.size()),
        .file_size = image.file().size(),
        .stub_area_size = stub_area_size_,
        .reserved = 0,
        .content = content,
    };
    std::vector<std::byte> bytes;
    append(bytes, std::span(&header, 1));
    append(bytes, std::span<patch::CodeSegment const>(segments));
    append(bytes, std::span<patch::PatchSite const>(sites_));
    append(bytes, std::span<patch::SkippedSite const>(skipped_));
    return bytes;
}

} // namespace farl::owner
