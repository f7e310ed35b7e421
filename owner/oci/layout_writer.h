// LayoutWriter: an image as an OCI layout directory, or, where the name ends in ".tar", as an archive of one. `docker
// load` takes it too, by a manifest.json. Nothing is at the place until all of it is. Same blobs: same bytes.
#pragma once

#include "owner/oci/blob_digest.h"
#include "owner/oci/file_stream.h"
#include "owner/oci/image_json.h"

#include <memory>

namespace farl::owner {

class LayoutWriter {
public:
    // Throws UserError if something is there.
    explicit LayoutWriter(std::string place);
    LayoutWriter(LayoutWriter const&) = delete;
    ~LayoutWriter();

    // A blob whose digest is known once it was written. One at a time.
    class Blob final : public ByteSink {
    public:
        Blob(std::string directory, std::string media_type);
        ~Blob() override;
        void write(std::span<std::byte const> bytes) override { digesting_.write(bytes); }
        Descriptor finish();

    private:
        std::string directory_;
        std::string media_type_;
        std::string temporary_;
        FileSink file_;
        DigestingSink digesting_ { file_ };
    };
    std::unique_ptr<Blob> begin_blob(std::string media_type);
    Descriptor add_blob(std::string media_type, std::string_view contents);

    // After all blobs: the image is whole then, in directory(). commit() puts it at its place.
    void write_manifest(Manifest const& manifest);
    std::string const& directory() const { return directory_; }
    void commit();

private:
    void write_text(std::string const& name, std::string_view text);
    void pack(std::string const& archive) const;

    std::string place_;
    std::string directory_; // the layout, until it is whole
};

} // namespace farl::owner
