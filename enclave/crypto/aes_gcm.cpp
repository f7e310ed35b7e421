#include "enclave/crypto/aes_gcm.h"

#include "enclave/crypto/boringssl.h"
#include "enclave/crypto/private_memory.h"
#include "enclave/crypto/vector_scope.h"

#include <openssl/aead.h>

namespace farl {

namespace {

EVP_AEAD_CTX* context(std::byte* state) { return reinterpret_cast<EVP_AEAD_CTX*>(state); }
EVP_AEAD_CTX const* context(std::byte const* state) { return reinterpret_cast<EVP_AEAD_CTX const*>(state); }

Result<> check(
    std::span<std::byte const> additional, std::span<std::byte const> input, std::span<std::byte const> output)
{
    if (input.size() != output.size())
        return Errno::Einval;
    for (auto bytes : { additional, input, output })
        if (!is_private_memory(bytes))
            return Errno::Efault;
    return {};
}

} // namespace

AesGcm::AesGcm(Key const& key)
{
    static_assert(sizeof(EVP_AEAD_CTX) <= kStateSize && alignof(EVP_AEAD_CTX) <= 16);
    VectorScope vectors;
    auto bytes = key.bytes();
    int ok =
        EVP_AEAD_CTX_init(context(state_), EVP_aead_aes_256_gcm(), octets(bytes), bytes.size(), sizeof(Tag), nullptr);
    ASSERT(ok); // it takes no memory, and the sizes are constants
}

AesGcm::~AesGcm() { wipe(state_, kStateSize); }

Result<> AesGcm::seal(Nonce const& nonce, std::span<std::byte const> additional, std::span<std::byte const> plaintext,
    std::span<std::byte> ciphertext, Tag& tag) const
{
    TRY(check(additional, plaintext, ciphertext));
    VectorScope vectors;
    size_t tag_size = 0;
    int ok = EVP_AEAD_CTX_seal_scatter(context(state_), writable_octets(ciphertext), writable_octets(tag), &tag_size,
        tag.size(), octets(nonce), nonce.size(), octets(plaintext), plaintext.size(), nullptr, 0, octets(additional),
        additional.size());
    return outcome(ok && tag_size == tag.size(), Errno::Einval);
}

Result<> AesGcm::open(Nonce const& nonce, std::span<std::byte const> additional, std::span<std::byte const> ciphertext,
    Tag const& tag, std::span<std::byte> plaintext) const
{
    TRY(check(additional, ciphertext, plaintext));
    VectorScope vectors;
    int ok = EVP_AEAD_CTX_open_gather(context(state_), writable_octets(plaintext), octets(nonce), nonce.size(),
        octets(ciphertext), ciphertext.size(), octets(tag), tag.size(), octets(additional), additional.size());
    return outcome(ok, Errno::Ebadmsg);
}

} // namespace farl
