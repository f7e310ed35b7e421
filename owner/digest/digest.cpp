#include "owner/digest/digest.h"

// The plain functions: what EVP adds to SHA-256 is four megabytes of other algorithms in a static link.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace farl::owner {

Sha256::Sha256() : state_(std::make_unique<SHA256state_st>()) { SHA256_Init(state_.get()); }
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::add(std::span<std::byte const> bytes) { SHA256_Update(state_.get(), bytes.data(), bytes.size()); }

std::array<uint8_t, 32> Sha256::finish()
{
    std::array<uint8_t, 32> digest;
    SHA256_Final(digest.data(), state_.get());
    return digest;
}

std::array<uint8_t, 32> sha256(std::span<std::byte const> bytes)
{
    Sha256 digest;
    digest.add(bytes);
    return digest.finish();
}

} // namespace farl::owner
