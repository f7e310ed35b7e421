// ProtectedImage: the files that a program was packed with, as the protection file says (docs/formats/fspf.md). It is
// read whole, and verified, when the image is opened; contents are when they are read.
#pragma once

#include "enclave/crypto/aes_gcm.h"
#include "enclave/fs/shield/host_stored_file.h"
#include "enclave/fs/shield/sealed_file.h"

namespace farl {

class ProtectedImage {
public:
    // The image in this directory of the host. ENOENT: there is none. EBADMSG: it is another one than key and tag are
    // for. EINVAL: its protection file has another form than this runtime reads. The cache outlives it.
    static Result<ProtectedImage*> open(
        std::string_view root_directory, AesGcm::Key const& key, AesGcm::Tag const& tag, BlockCache& cache);

    formats::Fspf const& fspf() const { return *fspf_; }
    // Of a regular file that is not empty. Each call makes an object of its own.
    Result<Ref<SealedFile>> contents(uint32_t node);

private:
    explicit ProtectedImage(BlockCache& cache)
        : open_files_(root_),
          trees_(open_files_, formats::kTreesPath, 0),
          cache_(cache)
    {
    }
    Result<> load(AesGcm::Key const& key, AesGcm::Tag const& tag);

    HostRoot root_;
    OpenStoredFiles open_files_;
    HostStoredFile trees_;
    Vector<std::byte> bytes_; // of the protection file, in clear
    std::optional<formats::Fspf> fspf_;
    BlockCache& cache_;
};

} // namespace farl
