#include "enclave/crypto/aes_gcm.h"

#include "enclave/crypto/boringssl.h"
#include "enclave/crypto/private_memory.h"
#include "enclave/crypto/vector_scope.h"
#include "enclave/crypto/wide/wide_gcm.h"

#include <openssl/aead.h>

namespace farl {

namespace {

using Bytes = std::span<std::byte const>;

EVP_AEAD_CTX* context(std::byte* state) { return reinterpret_cast<EVP_AEAD_CTX*>(state); }
EVP_AEAD_CTX const* context(std::byte const* state) { return reinterpret_cast<EVP_AEAD_CTX const*>(state); }
WideGcmKey* wide(std::byte* state) { return reinterpret_cast<WideGcmKey*>(state); }
WideGcmKey const* wide(std::byte const* state) { return reinterpret_cast<WideGcmKey const*>(state); }

bool overlap_partly(Bytes a, Bytes b)
{
    return a.data() != b.data() && a.data() < b.data() + b.size() && b.data() < a.data() + a.size();
}

Result<> check(Bytes additional, Bytes input, Bytes output)
{
    constexpr uint64_t kLargest = (1ull << 36) - 32; // NIST SP 800-38D, 5.2.1.1
    if (input.size() != output.size() || input.size() > kLargest || overlap_partly(input, output))
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
    static_assert(sizeof(WideGcmKey) <= kStateSize);
    VectorScope vectors;
    auto bytes = key.bytes();
    is_wide_ = has_wide_gcm();
    if (is_wide_) {
        wide_gcm_expand(*wide(state_), bytes);
        return;
    }
    int ok =
        EVP_AEAD_CTX_init(context(state_), EVP_aead_aes_256_gcm(), octets(bytes), bytes.size(), sizeof(Tag), nullptr);
    ASSERT(ok); // it takes no memory, and the sizes are constants
}

AesGcm::~AesGcm()
{
    wipe(state_, kStateSize);
    wipe(&is_wide_, sizeof(is_wide_));
}

Result<> AesGcm::seal(Nonce const& nonce, std::span<std::byte const> additional, std::span<std::byte const> plaintext,
    std::span<std::byte> ciphertext, Tag& tag) const
{
    TRY(check(additional, plaintext, ciphertext));
    VectorScope vectors;
    if (is_wide_) {
        wide_gcm_seal(*wide(state_), { nonce, additional, plaintext, ciphertext.data() }, tag);
        return {};
    }
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
    if (is_wide_) {
        if (wide_gcm_open(*wide(state_), { nonce, additional, ciphertext, plaintext.data() }, tag))
            return {};
        wipe(plaintext.data(), plaintext.size());
        return Errno::Ebadmsg;
    }
    int ok = EVP_AEAD_CTX_open_gather(context(state_), writable_octets(plaintext), octets(nonce), nonce.size(),
        octets(ciphertext), ciphertext.size(), octets(tag), tag.size(), octets(additional), additional.size());
    return outcome(ok, Errno::Ebadmsg);
}

} // namespace farl
