// FileProtector: puts every file of an image into the writer of /.farl, with system-call patch tables for ELF files,
// and tells the scan what is secret.
#pragma once

#include "owner/oci/flattened_image.h"
#include "owner/protect/piece_source.h"
#include "owner/protect/plaintext_scan.h"
#include "owner/protect/protected_image.h"
#include "owner/protect/secret_entries.h"

namespace farl::owner {

class FileProtector {
public:
    // Throws UserError. All of it must outlive the protector, which has a directory of its own until its end.
    FileProtector(FlattenedImage const& image, SecretEntries const& secret, ProtectRequest const& request);
    FileProtector(FileProtector const&) = delete;
    ~FileProtector();

    void protect(std::function<void(size_t layer)> const& done);

    std::string const& directory() const { return directory_; } // what is to be /.farl is in it
    PlaintextScan& scan() { return scan_; }
    ImageSeal take_seal() { return std::move(*seal_); }
    size_t encrypted_count() const { return encrypted_count_; }
    size_t authenticated_count() const { return authenticated_count_; }

private:
    void find_names();
    void add_names_without_contents();
    void add_file(FileTree::NodeId id, LayerReader& pieces);
    void add_contents(std::string const& path, FileTree::Node const& node, ContentSource const& source,
        std::vector<std::byte> patch_table, bool is_secret);
    void add_program(std::string const& path, FileTree::Node const& node, ContentSource const& source, bool is_secret);
    void add_other_names();

    FlattenedImage const& image_;
    SecretEntries const& secret_;
    std::string directory_;
    ProtectedImageWriter writer_;
    PlaintextScan scan_;
    std::map<FileTree::NodeId, std::vector<std::string>> names_; // of what is protected; encrypted ones come first
    std::optional<ImageSeal> seal_;
    size_t encrypted_count_ { 0 };
    size_t authenticated_count_ { 0 };
};

} // namespace farl::owner
