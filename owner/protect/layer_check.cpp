#include "owner/protect/layer_check.h"

#include "owner/launch/user_error.h"
#include "owner/oci/image_reader.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

class ScannedSource final : public ByteSource {
public:
    ScannedSource(ByteSource& source, PlaintextScan& scan) : source_(source), scan_(scan) { }
    size_t read(std::span<std::byte> buffer) override
    {
        auto const count = source_.read(buffer);
        scan_.look_at(buffer.first(count));
        return count;
    }

private:
    ByteSource& source_;
    PlaintextScan& scan_;
};

void refuse_contents(PlaintextScan const& scan, size_t layer)
{
    auto const found = scan.found();
    if (!found.empty())
        throw UserError(kRefused,
            fmt::format("layer {} still has contents of {} in clear: another file has the same; encrypt that, too, or "
                        "remove it "
                        "from the image",
                layer + 1, found.front()));
}

void check_names(ByteSource& contents, ImageRegions const& regions, size_t layer)
{
    ImageBudget budget;
    TarReader tar(contents, budget);
    while (auto const entry = tar.next()) {
        if (!entry->path.empty() && regions.kind_of("/" + entry->path) == formats::RegionKind::Encrypted)
            throw UserError(kFarlFailed, fmt::format("layer {} still has the name {}", layer + 1, entry->path));
    }
}

// A layer of the image: each byte, those between files, too.
void look_at_layer(ByteSource& layer, ImageRegions const& regions, size_t index, PlaintextScan& scan)
{
    std::vector<std::byte> block(kStreamBlock);
    ScannedSource contents(layer, scan);
    scan.begin_stream();
    check_names(contents, regions, index);
    while (contents.read(block)) { }
}

// The layer that was added: all but Farl's own programs. Those are everybody's, and the launcher has parts of a C
// library in it, as the image may have in an encrypted region.
void look_at_protection(ByteSource& layer, PlaintextScan& scan)
{
    constexpr std::string_view kPrograms = ".farl/bin/";
    ImageBudget budget;
    TarReader tar(layer, budget);
    while (auto const entry = tar.next()) {
        scan.begin_stream();
        if (entry->path.starts_with(kPrograms))
            continue;
        while (auto const piece = tar.next_piece())
            scan.look_at(piece->bytes);
    }
}

} // namespace

void check_layers(std::string const& layout, ImageRegions const& regions, PlaintextScan& scan,
    std::function<void(size_t layer)> const& done)
{
    ImageReader const image(layout);
    for (size_t i = 0; i < image.layer_count(); ++i) {
        auto const blob = image.open_blob(i);
        Decompressor layer(*blob);
        i + 1 < image.layer_count() ? look_at_layer(layer, regions, i, scan) : look_at_protection(layer, scan);
        refuse_contents(scan, i);
        done(i);
    }
}

} // namespace farl::owner
