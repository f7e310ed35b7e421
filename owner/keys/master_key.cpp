#include "owner/keys/master_key.h"

#include "owner/keys/openssl.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>

namespace farl::owner {

namespace {

constexpr size_t kNonceSize = 12;
constexpr size_t kTagSize = 16;

unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
unsigned char const* raw(std::byte const* bytes) { return reinterpret_cast<unsigned char const*>(bytes); }
unsigned char const* raw(std::string_view text) { return reinterpret_cast<unsigned char const*>(text.data()); }

OSSL_PARAM parameter(char const* name, std::string_view bytes)
{
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

} // namespace

MasterKey MasterKey::generate()
{
    Secret key { kSize };
    require(RAND_priv_bytes(key.writable().data(), kSize) == 1, "make random bytes");
    return MasterKey(std::move(key));
}

Secret MasterKey::derive(std::string_view context) const
{
    OpenSsl<EVP_KDF> function(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
    OpenSsl<EVP_KDF_CTX> derivation(EVP_KDF_CTX_new(function.get()));
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] { OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        parameter(OSSL_KDF_PARAM_KEY, key_.reveal()), parameter(OSSL_KDF_PARAM_INFO, context),
        OSSL_PARAM_construct_end() };
    Secret derived { kSize };
    require(derivation && EVP_KDF_derive(derivation.get(), derived.writable().data(), kSize, parameters) == 1,
        "derive a key");
    return derived;
}

std::vector<std::byte> MasterKey::seal(std::string_view plaintext, std::string_view context) const
{
    std::vector<std::byte> sealed(kNonceSize + plaintext.size() + kTagSize);
    auto* nonce = raw(sealed.data());
    auto* body = nonce + kNonceSize;
    auto* tag = body + plaintext.size();
    auto key = derive(context);
    OpenSsl<EVP_CIPHER_CTX> cipher(EVP_CIPHER_CTX_new());
    int size = 0, rest = 0;
    require(cipher && RAND_bytes(nonce, kNonceSize) == 1
            && EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), key.readable().data(), nonce, nullptr) == 1
            && EVP_EncryptUpdate(cipher.get(), body, &size, raw(plaintext), static_cast<int>(plaintext.size())) == 1
            && EVP_EncryptFinal_ex(cipher.get(), body + size, &rest) == 1
            && EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, tag) == 1,
        "encrypt");
    return sealed;
}

std::optional<Secret> MasterKey::open(std::span<std::byte const> sealed, std::string_view context) const
{
    if (sealed.size() < kNonceSize + kTagSize || sealed.size() > INT_MAX)
        return {};
    auto const* nonce = raw(sealed.data());
    auto const* body = nonce + kNonceSize;
    Secret plaintext { sealed.size() - kNonceSize - kTagSize };
    auto body_size = static_cast<int>(plaintext.size());
    auto tag = sealed.last(kTagSize);
    auto key = derive(context);
    OpenSsl<EVP_CIPHER_CTX> cipher(EVP_CIPHER_CTX_new());
    unsigned char nothing;
    auto* out = plaintext.is_empty() ? &nothing : plaintext.writable().data();
    int size = 0, rest = 0;
    require(cipher && EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), key.readable().data(), nonce, nullptr) == 1
            && EVP_CIPHER_CTX_ctrl(
                   cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, const_cast<unsigned char*>(raw(tag.data())))
                == 1
            && EVP_DecryptUpdate(cipher.get(), out, &size, body, body_size) == 1,
        "decrypt");
    if (EVP_DecryptFinal_ex(cipher.get(), out + size, &rest) != 1)
        return {};
    return plaintext;
}

} // namespace farl::owner
