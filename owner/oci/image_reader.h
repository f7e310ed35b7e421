// ImageReader: an image in an OCI layout, an OCI archive or a `docker save` tar: its configuration, and its layers as
// streams whose digests are verified. Throws ImageDefect, which does not name the image, and UserError.
#pragma once

#include "owner/oci/image_json.h"
#include "owner/oci/layer_reader.h"
#include "owner/oci/member_store.h"

namespace farl::owner {

class ImageReader {
public:
    explicit ImageReader(std::string const& path);

    ImageConfig const& config() const { return config_; }
    // Names what the image is, by its contents.
    std::string const& digest() const { return digest_; }

    size_t layer_count() const { return layers_.size(); }
    std::unique_ptr<LayerReader> open_layer(size_t index, ImageBudget& budget) const;
    // The blob as it is, unverified; what it has to be, layer() says.
    std::unique_ptr<ByteSource> open_blob(size_t index) const { return store_->open(layers_[index].member); }

    struct Layer {
        std::string member;  // of the store
        std::string digest;  // of the blob; empty if only the image's configuration names it
        std::string diff_id; // of the blob without compression
        uint64_t size { 0 }; // of the blob; 0 where the digest is empty
        std::string media_type;
    };
    Layer const& layer(size_t index) const { return layers_[index]; }

private:
    void read_layout();
    void read_saved();
    std::string blob_text(Descriptor const& descriptor, std::string const& what) const;

    std::unique_ptr<MemberStore> store_;
    std::vector<Layer> layers_;
    ImageConfig config_;
    std::string digest_;
};

} // namespace farl::owner
