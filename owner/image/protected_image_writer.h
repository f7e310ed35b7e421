// ProtectedImageWriter: makes /.farl of a protected image: the FSPF, the trees of seals, the contents of encrypted
// files. It does not touch what stays as it is: authenticated files lie where they are. Contents pass through it as
// streams. One writer makes one image; after an exception it is of no use. Throws UserError for what an image cannot
// hold, with the path; CryptographyFailure.
#pragma once

#include "owner/image/image_keys.h"
#include "owner/image/image_regions.h"
#include "owner/image/image_tree.h"
#include "owner/image/output_file.h"
#include "owner/keys/ed25519_key.h"

#include <functional>

namespace farl::owner {

// The next bytes of a file, as many as are asked for; it throws if they are not there.
using ContentSource = std::function<void(std::span<std::byte> bytes)>;

// What an enclave needs to open an image, and nobody else may have.
struct ImageSeal {
    Secret key;
    std::array<std::byte, formats::kFspfTagSize> tag;
};

class ProtectedImageWriter {
public:
    // Makes `root`/.farl, which must not be there. `keys` must outlive the writer.
    ProtectedImageWriter(std::string root, ImageRegions regions, ImageKeys& keys);

    // Paths are absolute and canonical ("/" is the root directory), and come in any order, each once: but a directory's
    // metadata may come again. Nothing in an unprotected region is added.
    void add_directory(std::string_view path, ImageMetadata metadata);
    void add_file(std::string_view path, ImageMetadata metadata, uint64_t size, ContentSource const& contents,
        std::vector<std::byte> patch_table = {});
    void add_symbolic_link(std::string_view path, std::string_view target, ImageMetadata metadata);
    // Another name of what was added as `existing`, which is no directory. If one of the names is in an encrypted
    // region, so must the first be.
    void add_hard_link(std::string_view path, std::string_view existing);
    // S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK
    void add_special(std::string_view path, uint32_t type, uint32_t major, uint32_t minor, ImageMetadata metadata);

    // Once, at the end.
    ImageSeal finish();
    // For others to build on. UserError if the image has an encrypted region.
    void finish_signed(Ed25519Key const& signer);

    ImageRegions const& regions() const { return regions_; }
    uint64_t trees_size() const { return trees_size_; }

private:
    std::shared_ptr<ImageNode> new_node(std::string_view path, uint32_t type, ImageMetadata metadata);
    void seal_contents(ImageNode& node, ContentSource const& contents);
    std::string place(std::string_view path) const { return root_ + std::string(path); }

    std::string root_;
    ImageRegions regions_;
    ImageKeys& keys_;
    ImageTree tree_;
    OutputFile trees_;
    uint64_t trees_size_ { 0 };
    uint64_t data_count_ { 0 };
};

// "/.farl/data/<16 hexadecimal digits>"
std::string stored_data_path(uint64_t data_number);

} // namespace farl::owner
