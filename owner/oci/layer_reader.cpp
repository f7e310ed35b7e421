#include "owner/oci/layer_reader.h"

#include "owner/oci/image_defect.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

void read_to_end(ByteSource& source)
{
    std::vector<std::byte> block(kStreamBlock);
    while (source.read(block)) { }
}

// Says which layer a defect is of.
template <typename Read>
auto of_layer(std::string const& layer, Read read)
{
    try {
        return read();
    } catch (ImageDefect const& defect) {
        throw ImageDefect(fmt::format("{}: {}", layer, defect.what()));
    }
}

} // namespace

LayerReader::LayerReader(std::unique_ptr<ByteSource> blob, LayerIdentity identity, ImageBudget& budget)
    : blob_(std::move(blob)),
      identity_(std::move(identity)),
      compressed_(*blob_),
      decompressor_(compressed_),
      contents_(decompressor_),
      tar_(contents_, budget)
{
}

std::optional<TarEntry> LayerReader::next()
{
    return of_layer(identity_.name, [this] {
        auto entry = tar_.next();
        if (!entry)
            verify();
        return entry;
    });
}

std::optional<TarReader::Piece> LayerReader::next_piece()
{
    return of_layer(identity_.name, [this] { return tar_.next_piece(); });
}

void LayerReader::verify()
{
    read_to_end(contents_);
    read_to_end(compressed_);
    if (!identity_.digest.empty() && compressed_.digest() != identity_.digest)
        throw ImageDefect(fmt::format("does not have its digest {}", identity_.digest));
    if (contents_.digest() != identity_.diff_id)
        throw ImageDefect(fmt::format("its contents do not have their diff_id {}", identity_.diff_id));
}

} // namespace farl::owner
