#include "abi/formats/fspf.h"

#include "abi/formats/canonical_path.h"
#include "base/checked.h"

#include <sys/stat.h>

namespace farl::formats {

namespace {

constexpr uint32_t kPermissionBits = 07777;
constexpr size_t kLongestName = 255;
constexpr size_t kLongestPath = 4095;
constexpr size_t kLargestAttribute = 65536;
constexpr size_t kSignedTrailerSize = 32 + 64;

template <size_t kSize>
bool is_zero(std::byte const (&bytes)[kSize])
{
    for (auto byte : bytes)
        if (byte != std::byte { 0 })
            return false;
    return true;
}

bool is_range_below(uint64_t begin, uint64_t size, uint64_t end) { return begin <= end && size <= end - begin; }

// A path's own region, or one that it lies below.
bool is_within(std::string_view path, std::string_view prefix)
{
    return prefix == "/" || (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/'));
}

// First index in [0, count) for which `is_before` is false; it is true for all before, and for none after.
template <typename IsBefore>
uint32_t partition(uint32_t count, IsBefore is_before)
{
    uint32_t begin = 0;
    uint32_t end = count;
    while (begin < end) {
        auto const middle = begin + (end - begin) / 2;
        if (is_before(middle))
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

} // namespace

size_t fspf_trailer_size(FspfForm form) { return form == FspfForm::Signed ? kSignedTrailerSize : 0; }

Result<FspfHeader> parse_fspf_header(Bytes start, uint64_t file_size)
{
    FspfHeader header;
    if (start.size() < sizeof(header))
        return Errno::Einval;
    std::memcpy(&header, start.data(), sizeof(header));
    if (header.magic != kFspfMagic || header.version != kFspfVersion)
        return Errno::Einval;
    if (header.form != FspfForm::Sealed && header.form != FspfForm::Signed)
        return Errno::Einval;
    for (auto byte : header.reserved)
        if (byte != 0)
            return Errno::Einval;
    if (header.form == FspfForm::Signed && !is_zero(header.nonce))
        return Errno::Einval;
    if (header.payload_size > kLargestFspfPayload
        || sizeof(header) + header.payload_size + fspf_trailer_size(header.form) != file_size)
        return Errno::Einval;
    return header;
}

Result<Fspf> Fspf::parse(Bytes payload)
{
    Fspf fspf;
    TRY(fspf.place_parts(payload));
    TRY(fspf.check_regions());
    TRY(fspf.check_tree());
    TRY(fspf.check_attributes());
    TRY(fspf.check_patches());
    return fspf;
}

// The parts lie back to back, and fill the payload.
Result<> Fspf::place_parts(Bytes payload)
{
    if (payload.size() < sizeof(counts_) || payload.size() > kLargestFspfPayload)
        return Errno::Einval;
    std::memcpy(&counts_, payload.data(), sizeof(counts_));
    auto rest = payload.subspan(sizeof(counts_));
    auto take = [&](Bytes& part, uint64_t count, size_t size) {
        bool fits = count <= rest.size() / size;
        if (fits) {
            part = rest.first(count * size);
            rest = rest.subspan(count * size);
        }
        return fits;
    };
    bool is_whole = take(regions_, counts_.regions, sizeof(FspfRegion)) && take(nodes_, counts_.nodes, sizeof(FspfNode))
        && take(attributes_, counts_.attributes, sizeof(FspfAttribute))
        && take(patches_, counts_.patches, sizeof(FspfPatch)) && take(entries_, counts_.entries, sizeof(FspfEntry))
        && take(patch_bytes_, counts_.patch_size, 1) && take(text_, counts_.text_size, 1);
    return is_whole && rest.empty() && counts_.reserved == 0 ? Result<> {} : Errno::Einval;
}

bool Fspf::is_text(FspfText text) const { return is_range_below(text.offset, text.size, text_.size()); }

std::string_view Fspf::text(FspfText text) const
{
    ASSERT(is_text(text));
    return as_text(text_.subspan(text.offset, text.size));
}

Result<> Fspf::check_regions() const
{
    std::string_view last;
    for (uint32_t i = 0; i < counts_.regions; ++i) {
        auto const item = region(i);
        if (!is_text(item.prefix) || item.reserved != 0)
            return Errno::Einval;
        auto const prefix = text(item.prefix);
        bool is_root = prefix == "/";
        if (is_root != (i == 0) || !(is_root || is_canonical_path(prefix)) || prefix <= last)
            return Errno::Einval;
        if (item.kind < (is_root ? RegionKind::Authenticated : RegionKind::Unprotected)
            || item.kind > RegionKind::Encrypted)
            return Errno::Einval;
        last = prefix;
    }
    return counts_.regions ? Result<> {} : Errno::Einval;
}

Result<> Fspf::check_regular(FspfNode const& node) const
{
    if (node.size > kLargestSealedFile)
        return Errno::Einval;
    bool is_encrypted = node.kind == ContentKind::Encrypted;
    if (node.size == 0)
        return node.kind == ContentKind::None && is_hole(node.root) && node.tree_offset == 0 && node.data_number == 0
            ? Result<> {}
            : Errno::Einval;
    auto const tree_size = SealTree(node.size).size();
    if (!is_encrypted && node.kind != ContentKind::Authenticated)
        return Errno::Einval;
    if (!is_encrypted && (!is_text(node.text) || !is_canonical_path(text(node.text))))
        return Errno::Einval;
    if (!is_encrypted && text(node.text).size() > kLongestPath)
        return Errno::Einval;
    if (tree_size == 0)
        return node.tree_offset == 0 ? Result<> {} : Errno::Einval;
    return is_aligned(node.tree_offset, kSealedBlockSize)
            && is_range_below(node.tree_offset, tree_size, counts_.trees_size)
        ? Result<> {}
        : Errno::Einval;
}

Result<> Fspf::check_link(FspfNode const& node) const
{
    if (!is_text(node.text) || node.text.size == 0 || node.text.size > kLongestPath || node.size != node.text.size)
        return Errno::Einval;
    return text(node.text).find('\0') == std::string_view::npos && node.tree_offset == 0 ? Result<> {} : Errno::Einval;
}

Result<> Fspf::check_node(FspfNode const& node) const
{
    constexpr uint32_t kNanoseconds = 1'000'000'000;
    if ((node.mode & ~(S_IFMT | kPermissionBits)) || node.modified_ns >= kNanoseconds || node.links == 0)
        return Errno::Einval;
    if (node.kind != ContentKind::Encrypted && !is_zero(node.key))
        return Errno::Einval;
    if (S_ISREG(node.mode))
        return check_regular(node);
    if (node.kind != ContentKind::None || !is_hole(node.root))
        return Errno::Einval;
    if (S_ISLNK(node.mode))
        return check_link(node);
    if (node.size != 0 || node.data_number != 0)
        return Errno::Einval;
    bool is_device = S_ISCHR(node.mode) || S_ISBLK(node.mode);
    if (S_ISFIFO(node.mode) || S_ISSOCK(node.mode))
        return node.tree_offset == 0 ? Result<> {} : Errno::Einval;
    return is_device || S_ISDIR(node.mode) ? Result<> {} : Errno::Einval;
}

// Nodes are numbered as a walk by breadth meets them, so one pass sees that each is reached, that directories have one
// place, and that nothing goes round.
Result<> Fspf::check_tree() const
{
    uint32_t next_entry = 0;
    uint32_t next_node = 1;
    uint64_t links = 0;
    uint64_t names = 0;
    if (counts_.nodes == 0 || !S_ISDIR(node(kRoot).mode))
        return Errno::Einval;
    for (uint32_t i = 0; i < counts_.nodes; ++i) {
        auto const item = node(i);
        TRY(check_node(item));
        if (i >= next_node)
            return Errno::Einval;
        if (!S_ISDIR(item.mode)) {
            links += item.links;
            continue;
        }
        TRY(check_directory(i, next_entry, next_node));
        names += item.entries.count - (item.links - 2);
    }
    return next_node == counts_.nodes && next_entry == counts_.entries && links == names ? Result<> {} : Errno::Einval;
}

Result<> Fspf::check_directory(uint32_t index, uint32_t& next_entry, uint32_t& next_node) const
{
    auto const directory = node(index);
    auto const range = directory.entries;
    if (range.first != next_entry || range.count > counts_.entries - next_entry)
        return Errno::Einval;
    next_entry += range.count;
    std::string_view last;
    uint32_t directories = 0;
    for (auto i = range.first; i < next_entry; ++i) {
        auto const item = entry(i);
        if (!is_text(item.name) || item.name.size > kLongestName || item.node >= counts_.nodes)
            return Errno::Einval;
        auto const name = text(item.name);
        if (!is_entry_name(name) || name <= last || (index == kRoot && name == kProtectionDirectory.substr(1)))
            return Errno::Einval;
        last = name;
        auto const found = node(item.node);
        bool is_new = item.node == next_node;
        if (!is_new && (item.node > next_node || S_ISDIR(found.mode) || found.links < 2))
            return Errno::Einval;
        next_node += is_new;
        directories += S_ISDIR(found.mode);
    }
    return directory.links == 2 + directories ? Result<> {} : Errno::Einval;
}

Result<> Fspf::check_attributes() const
{
    FspfAttribute last {};
    for (uint32_t i = 0; i < counts_.attributes; ++i) {
        auto const item = attribute(i);
        if (item.node >= counts_.nodes || item.reserved != 0 || !is_text(item.name) || !is_text(item.value))
            return Errno::Einval;
        if (item.name.size == 0 || item.name.size > kLongestName || item.value.size > kLargestAttribute
            || text(item.name).find('\0') != std::string_view::npos)
            return Errno::Einval;
        if (i && (item.node < last.node || (item.node == last.node && text(item.name) <= text(last.name))))
            return Errno::Einval;
        last = item;
    }
    return {};
}

Result<> Fspf::check_patches() const
{
    for (uint32_t i = 0; i < counts_.patches; ++i) {
        auto const item = patch(i);
        if (item.node >= counts_.nodes || !S_ISREG(node(item.node).mode) || item.reserved != 0 || item.size == 0
            || !is_range_below(item.offset, item.size, patch_bytes_.size()))
            return Errno::Einval;
        if (i && item.node <= patch(i - 1).node)
            return Errno::Einval;
    }
    return {};
}

// In the order of bytes, a region comes before those that lie below it: the last match is the longest.
RegionKind Fspf::region_of(std::string_view path) const
{
    auto kind = RegionKind::Authenticated;
    for (uint32_t i = 0; i < counts_.regions; ++i)
        if (auto const item = region(i); is_within(path, text(item.prefix)))
            kind = item.kind;
    return kind;
}

Result<uint32_t> Fspf::find(FspfNode const& directory, std::string_view name) const
{
    auto const range = directory.entries;
    auto const index =
        range.first + partition(range.count, [&](uint32_t i) { return text(entry(range.first + i).name) < name; });
    if (index == range.first + range.count || text(entry(index).name) != name)
        return Errno::Enoent;
    return entry(index).node;
}

Fspf::Range Fspf::attributes_of(uint32_t node) const
{
    auto const first = partition(counts_.attributes, [&](uint32_t i) { return attribute(i).node < node; });
    auto end = first;
    while (end < counts_.attributes && attribute(end).node == node)
        ++end;
    return { first, end };
}

Bytes Fspf::patch_table_of(uint32_t node) const
{
    auto const index = partition(counts_.patches, [&](uint32_t i) { return patch(i).node < node; });
    if (index == counts_.patches || patch(index).node != node)
        return {};
    return patch_bytes_.subspan(patch(index).offset, patch(index).size);
}

} // namespace farl::formats
