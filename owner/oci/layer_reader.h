// LayerReader: the entries of one layer, while the digests of its blob and of its contents are computed. They are
// verified when next() says that there are no more: before that, nothing that was read is known to be the layer's.
#pragma once

#include "owner/oci/blob_digest.h"
#include "owner/oci/decompressor.h"
#include "owner/oci/tar_reader.h"

#include <memory>

namespace farl::owner {

struct LayerIdentity {
    std::string name;    // for messages: "layer 2"
    std::string digest;  // of the blob; empty: not to be verified
    std::string diff_id; // of the uncompressed archive
};

class LayerReader {
public:
    LayerReader(std::unique_ptr<ByteSource> blob, LayerIdentity identity, ImageBudget& budget);

    // Throw ImageDefect, which names the layer.
    std::optional<TarEntry> next();
    std::optional<TarReader::Piece> next_piece();

private:
    void verify();

    std::unique_ptr<ByteSource> blob_;
    LayerIdentity identity_;
    DigestingSource compressed_;
    Decompressor decompressor_;
    DigestingSource contents_;
    TarReader tar_;
};

} // namespace farl::owner
