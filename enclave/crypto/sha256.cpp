#include "enclave/crypto/sha256.h"

#include "enclave/crypto/boringssl.h"
#include "enclave/crypto/vector_scope.h"

#include <openssl/digest.h>
#include <openssl/hkdf.h>
#include <openssl/hmac.h>
#include <openssl/mem.h>
#include <openssl/sha.h>

namespace farl {

Sha256::Sha256()
{
    static_assert(sizeof(SHA256_CTX) <= kStateSize && alignof(SHA256_CTX) <= 8);
    VectorScope vectors;
    SHA256_Init(reinterpret_cast<SHA256_CTX*>(state_));
}

void Sha256::update(std::span<std::byte const> bytes)
{
    VectorScope vectors;
    SHA256_Update(reinterpret_cast<SHA256_CTX*>(state_), bytes.data(), bytes.size());
}

Digest Sha256::finish()
{
    VectorScope vectors;
    Digest digest;
    SHA256_Final(writable_octets(digest), reinterpret_cast<SHA256_CTX*>(state_));
    return digest;
}

Digest Sha256::of(std::span<std::byte const> bytes)
{
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

Result<Digest> hmac_sha256(std::span<std::byte const> key, std::span<std::byte const> message)
{
    VectorScope vectors;
    Digest digest;
    unsigned size = 0;
    auto* ok =
        HMAC(EVP_sha256(), key.data(), key.size(), octets(message), message.size(), writable_octets(digest), &size);
    TRY(outcome(ok && size == digest.size(), Errno::Enomem));
    return digest;
}

Result<> hkdf_sha256(std::span<std::byte> output, std::span<std::byte const> secret, std::span<std::byte const> salt,
    std::span<std::byte const> info)
{
    constexpr size_t kMostDigests = 255;
    if (output.size() > kMostDigests * sizeof(Digest))
        return Errno::Einval;
    VectorScope vectors;
    int ok = HKDF(writable_octets(output), output.size(), EVP_sha256(), octets(secret), secret.size(), octets(salt),
        salt.size(), octets(info), info.size());
    return outcome(ok, Errno::Enomem);
}

bool is_equal_secretly(std::span<std::byte const> left, std::span<std::byte const> right)
{
    VectorScope vectors;
    return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

} // namespace farl
