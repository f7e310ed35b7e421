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

} // namespace

void check_layers(std::string const& layout, ImageRegions const& regions, PlaintextScan& scan,
    std::function<void(size_t layer)> const& done)
{
    ImageReader const image(layout);
    std::vector<std::byte> block(kStreamBlock);
    for (size_t i = 0; i < image.layer_count(); ++i) {
        auto const blob = image.open_blob(i);
        Decompressor decompressor(*blob);
        ScannedSource contents(decompressor, scan);
        scan.begin_stream();
        check_names(contents, regions, i);
        while (contents.read(block)) { }
        refuse_contents(scan, i);
        done(i);
    }
}

} // namespace farl::owner
