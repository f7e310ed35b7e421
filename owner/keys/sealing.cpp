#include "owner/keys/sealing.h"

#include "owner/keys/openssl.h"

#include <climits>
#include <openssl/core_names.h>

namespace farl::owner {

namespace {

unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
unsigned char const* raw(std::byte const* bytes) { return reinterpret_cast<unsigned char const*>(bytes); }
unsigned char const* raw(std::string_view text) { return reinterpret_cast<unsigned char const*>(text.data()); }

OSSL_PARAM parameter(char const* name, std::string_view bytes)
{
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

// Looked for once: that takes longer than to use it.
EVP_CIPHER const* aes_256_gcm()
{
    static std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> const cipher(
        EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr), EVP_CIPHER_free);
    return cipher.get();
}

} // namespace

Secret derive_sealing_key(Secret const& secret, std::string_view salt, std::string_view information)
{
    static OpenSsl<EVP_KDF> const function(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
    OpenSsl<EVP_KDF_CTX> derivation(EVP_KDF_CTX_new(function.get()));
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] { OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        parameter(OSSL_KDF_PARAM_KEY, secret.reveal()), parameter(OSSL_KDF_PARAM_INFO, information),
        salt.empty() ? OSSL_PARAM_construct_end() : parameter(OSSL_KDF_PARAM_SALT, salt), OSSL_PARAM_construct_end() };
    Secret derived { kSealingKeySize };
    require(derivation && EVP_KDF_derive(derivation.get(), derived.writable().data(), derived.size(), parameters) == 1,
        "derive a key");
    return derived;
}

void seal(Secret const& key, SealingNonce const& nonce, std::string_view authenticated, std::string_view plaintext,
    std::span<std::byte> sealed)
{
    auto* body = raw(sealed.data());
    auto* tag = body + plaintext.size();
    OpenSsl<EVP_CIPHER_CTX> cipher(EVP_CIPHER_CTX_new());
    int size = 0, rest = 0;
    require(cipher
            && EVP_EncryptInit_ex2(cipher.get(), aes_256_gcm(), key.readable().data(), raw(nonce.data()), nullptr) == 1
            && EVP_EncryptUpdate(
                   cipher.get(), nullptr, &size, raw(authenticated), static_cast<int>(authenticated.size()))
                == 1
            && EVP_EncryptUpdate(cipher.get(), body, &size, raw(plaintext), static_cast<int>(plaintext.size())) == 1
            && EVP_EncryptFinal_ex(cipher.get(), body + size, &rest) == 1
            && EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kSealingTagSize, tag) == 1,
        "encrypt");
}

std::optional<Secret> open_sealed(
    Secret const& key, SealingNonce const& nonce, std::string_view authenticated, std::span<std::byte const> sealed)
{
    if (sealed.size() < kSealingTagSize || sealed.size() > INT_MAX)
        return {};
    Secret plaintext { sealed.size() - kSealingTagSize };
    auto tag = sealed.last(kSealingTagSize);
    OpenSsl<EVP_CIPHER_CTX> cipher(EVP_CIPHER_CTX_new());
    unsigned char nothing;
    auto* out = plaintext.is_empty() ? &nothing : plaintext.writable().data();
    int size = 0, rest = 0;
    require(cipher
            && EVP_DecryptInit_ex2(cipher.get(), aes_256_gcm(), key.readable().data(), raw(nonce.data()), nullptr) == 1
            && EVP_CIPHER_CTX_ctrl(
                   cipher.get(), EVP_CTRL_GCM_SET_TAG, kSealingTagSize, const_cast<unsigned char*>(raw(tag.data())))
                == 1
            && EVP_DecryptUpdate(
                   cipher.get(), nullptr, &size, raw(authenticated), static_cast<int>(authenticated.size()))
                == 1
            && EVP_DecryptUpdate(cipher.get(), out, &size, raw(sealed.data()), static_cast<int>(plaintext.size())) == 1,
        "decrypt");
    if (EVP_DecryptFinal_ex(cipher.get(), out + size, &rest) != 1)
        return {};
    return plaintext;
}

} // namespace farl::owner
