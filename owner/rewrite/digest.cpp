#include "owner/rewrite/digest.h"

// The plain functions: what EVP adds to SHA-256 is four megabytes of other algorithms in a static link.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace farl::owner {

patch::Digest sha256(std::span<std::byte const> bytes)
{
    SHA256_CTX context;
    patch::Digest digest;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes.data(), bytes.size());
    SHA256_Final(digest.data(), &context);
    return digest;
}

std::string to_hex(patch::Digest const& digest)
{
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (auto const byte : digest) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

} // namespace farl::owner
