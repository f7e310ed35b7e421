// Digests of blobs as OCI images name them ("sha256:<64 hex digits>"), and streams that compute them on the way.
#pragma once

#include "owner/digest/digest.h"
#include "owner/oci/byte_stream.h"

#include <cstdint>
#include <string_view>

namespace farl::owner {

// The digits; throws ImageDefect unless `text` is a SHA-256 in lower case. `what` is whose digest it is.
std::string digest_digits(std::string_view text, std::string const& what);
std::string digest_text(std::array<uint8_t, 32> const& digest);

// Passes on what it reads. After the end, digest() is of all of it.
class DigestingSource final : public ByteSource {
public:
    explicit DigestingSource(ByteSource& source) : source_(source) { }
    size_t read(std::span<std::byte> buffer) override;
    std::string digest();
    uint64_t size() const { return size_; }

private:
    ByteSource& source_;
    Sha256 digest_;
    uint64_t size_ { 0 };
};

class DigestingSink final : public ByteSink {
public:
    explicit DigestingSink(ByteSink& sink) : sink_(sink) { }
    void write(std::span<std::byte const> bytes) override;
    std::string digest();
    uint64_t size() const { return size_; }

private:
    ByteSink& sink_;
    Sha256 digest_;
    uint64_t size_ { 0 };
};

} // namespace farl::owner
