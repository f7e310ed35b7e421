// HostStoredFile: a file of a protected image, where the host keeps it. Its descriptor is opened when it is read, and
// given up when others need theirs: an image may have more files than the host lets us open.
#pragma once

#include "enclave/fs/host/host_place.h"
#include "enclave/fs/shield/stored_file.h"

namespace farl {

class OpenStoredFiles;

class HostStoredFile final : public StoredFile {
public:
    // All of it outlives this object. `path` is that of the image's tree; `number` tells its stored files apart.
    HostStoredFile(OpenStoredFiles& open_files, std::string_view path, uint64_t number)
        : open_files_(open_files),
          path_(path),
          number_(number)
    {
    }
    // The one with the contents of an encrypted file.
    static Result<Owned<StoredFile>> create_data(OpenStoredFiles& open_files, uint64_t data_number, uint64_t number);

    Result<size_t> read(uint64_t offset, std::span<std::byte> bytes) override;
    void report(Tampering what, uint32_t level, uint64_t index) override;

    std::string_view path() const { return path_; }
    uint64_t number() const { return number_; }

private:
    OpenStoredFiles& open_files_;
    String own_path_;
    std::string_view path_;
    uint64_t number_;
};

// The descriptors in use, each in the one place where its file's number belongs.
class OpenStoredFiles {
public:
    explicit OpenStoredFiles(HostRoot const& root) : root_(root) { }

    struct Descriptor : RefCounted<Descriptor> {
        explicit Descriptor(HostDescriptor descriptor) : host(std::move(descriptor)) { }
        HostDescriptor host;
    };
    Result<Ref<Descriptor>> open(HostStoredFile const& file);

private:
    static constexpr size_t kMost = 64;
    struct Place {
        uint64_t number { ~0ull };
        Ref<Descriptor> descriptor;
    };
    HostRoot const& root_;
    Spinlock lock_;
    Place places_[kMost];
};

} // namespace farl
