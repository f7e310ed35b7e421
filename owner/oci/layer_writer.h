// LayerWriter: a new layer of an image: entries in, a compressed blob in the layout and its two digests out.
#pragma once

#include "owner/oci/compressor.h"
#include "owner/oci/layout_writer.h"
#include "owner/oci/tar_writer.h"

namespace farl::owner {

class LayerWriter {
public:
    explicit LayerWriter(LayoutWriter& layout) : blob_(layout.begin_blob(kMediaType)) { }

    TarWriter& tar() { return tar_; }

    struct Result {
        Descriptor blob;
        std::string diff_id;
    };
    Result finish()
    {
        tar_.finish();
        compressor_.finish();
        return { blob_->finish(), contents_.digest() };
    }

private:
    static constexpr char const* kMediaType = "application/vnd.oci.image.layer.v1.tar+gzip";

    std::unique_ptr<LayoutWriter::Blob> blob_;
    Compressor compressor_ { *blob_ };
    DigestingSink contents_ { compressor_ };
    TarWriter tar_ { contents_ };
};

} // namespace farl::owner
