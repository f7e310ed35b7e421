#include "owner/oci/image_reader.h"

#include "owner/oci/blob_digest.h"
#include "owner/oci/image_defect.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr int kDeepestIndex = 2;

constexpr std::array<std::string_view, 5> kLayerTypes { "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip", "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.diff.tar", "application/vnd.docker.image.rootfs.diff.tar.gzip" };

std::string blob_member(std::string const& digest, std::string const& what)
{
    return "blobs/sha256/" + digest_digits(digest, what);
}

std::string layer_name(size_t index) { return fmt::format("layer {}", index + 1); }

} // namespace

ImageReader::ImageReader(std::string const& path) : store_(open_member_store(path))
{
    if (store_->has("index.json"))
        read_layout();
    else if (store_->has("manifest.json"))
        read_saved();
    else
        throw ImageDefect("is no image: neither index.json (OCI) nor manifest.json (docker save) is in it");
    if (config_.diff_ids.size() != layers_.size())
        throw ImageDefect(fmt::format("has {} layers, and {} diff_ids", layers_.size(), config_.diff_ids.size()));
    for (size_t i = 0; i < layers_.size(); ++i) {
        (void)digest_digits(config_.diff_ids[i], layer_name(i));
        layers_[i].diff_id = config_.diff_ids[i];
    }
}

std::string ImageReader::blob_text(Descriptor const& descriptor, std::string const& what) const
{
    auto const source = store_->open(blob_member(descriptor.digest, what));
    DigestingSource digesting(*source);
    auto text = read_text(digesting, kLargestImageJson, what);
    if (digesting.digest() != descriptor.digest)
        throw ImageDefect(fmt::format("{} does not have its digest {}", what, descriptor.digest));
    return text;
}

void ImageReader::read_layout()
{
    auto const index = store_->open("index.json");
    auto descriptor = manifest_for_this_machine(read_text(*index, kLargestImageJson, "index.json"));
    for (int depth = 0; is_index(descriptor); ++depth) {
        if (depth == kDeepestIndex)
            throw ImageDefect("has indices within indices");
        descriptor = manifest_for_this_machine(blob_text(descriptor, "an index"));
    }
    auto const manifest = manifest_from(blob_text(descriptor, "the manifest"));
    config_ = image_config_from(blob_text(manifest.config, "the configuration"));
    digest_ = descriptor.digest;
    for (size_t i = 0; i < manifest.layers.size(); ++i) {
        auto const& layer = manifest.layers[i];
        if (std::ranges::find(kLayerTypes, layer.media_type) == kLayerTypes.end())
            throw ImageDefect(fmt::format("{} is of a kind that Farl does not read", layer_name(i)));
        layers_.push_back({ .member = blob_member(layer.digest, layer_name(i)),
            .digest = layer.digest,
            .diff_id = {},
            .size = layer.size,
            .media_type = layer.media_type });
    }
}

void ImageReader::read_saved()
{
    auto const manifest = store_->open("manifest.json");
    auto const saved = saved_image_from(read_text(*manifest, kLargestImageJson, "manifest.json"));
    auto const source = store_->open(saved.config);
    DigestingSource digesting(*source);
    config_ = image_config_from(read_text(digesting, kLargestImageJson, "the configuration"));
    digest_ = digesting.digest();
    // Its name says its digest, in some of the versions of Docker.
    if (saved.config.ends_with(".json") && saved.config != "config.json"
        && "sha256:" + saved.config.substr(0, saved.config.size() - 5) != digest_)
        throw ImageDefect("the configuration does not have the digest that its name says");
    for (auto const& layer : saved.layers)
        layers_.push_back({ .member = layer,
            .digest = {},
            .diff_id = {},
            .size = 0,
            .media_type = "application/vnd.oci.image.layer.v1.tar" });
}

std::unique_ptr<LayerReader> ImageReader::open_layer(size_t index, ImageBudget& budget) const
{
    auto const& layer = layers_[index];
    return std::make_unique<LayerReader>(
        store_->open(layer.member), LayerIdentity { layer_name(index), layer.digest, layer.diff_id }, budget);
}

} // namespace farl::owner
