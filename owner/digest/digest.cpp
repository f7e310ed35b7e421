#include "owner/digest/digest.h"

// The plain functions: what EVP adds to SHA-256 is four megabytes of other algorithms in a static link.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace farl::owner {

std::array<uint8_t, 32> sha256(std::span<std::byte const> bytes)
{
    SHA256_CTX context;
    std::array<uint8_t, 32> digest;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes.data(), bytes.size());
    SHA256_Final(digest.data(), &context);
    return digest;
}

} // namespace farl::owner
