#include "owner/keys/ed25519_key.h"

#include "owner/keys/key_file.h"
#include "owner/launch/user_error.h"

#include <fmt/format.h>
#include <openssl/pem.h>

namespace farl::owner {

namespace {

constexpr size_t kSeedSize = 32;

unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
unsigned char const* raw(std::byte const* bytes) { return reinterpret_cast<unsigned char const*>(bytes); }
unsigned char const* raw(std::string_view text) { return reinterpret_cast<unsigned char const*>(text.data()); }

} // namespace

Ed25519Key Ed25519Key::generate()
{
    OpenSsl<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    require(key != nullptr, "make an Ed25519 key");
    return Ed25519Key(std::move(key));
}

Ed25519Key Ed25519Key::load(std::string const& path)
{
    auto pem = read_key_file(path);
    OpenSsl<BIO> bio(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.size())));
    auto no_password = [](char*, int, int, void*) { return -1; };
    OpenSsl<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    if (!key || !EVP_PKEY_is_a(key.get(), "ED25519"))
        throw UserError(kNotRunnable,
            fmt::format(
                "{}: not an Ed25519 key in PEM without a password; `farl policy key --new FILE` makes one", path));
    return Ed25519Key(std::move(key));
}

void Ed25519Key::save(std::string const& path) const
{
    OpenSsl<BIO> bio(BIO_new(BIO_s_secmem()));
    require(bio && PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "encode a key");
    char* text;
    auto size = BIO_get_mem_data(bio.get(), &text);
    if (make_key_file(path, Secret(std::string_view(text, static_cast<size_t>(size)))) == KeyFile::Exists)
        throw UserError(kBadUsage, fmt::format("{}: exists already; choose another name", path));
}

Ed25519Key Ed25519Key::from_seed(Secret const& seed)
{
    OpenSsl<EVP_PKEY> key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.readable().data(), seed.size()));
    require(key != nullptr, "use an Ed25519 key");
    return Ed25519Key(std::move(key));
}

Secret Ed25519Key::seed() const
{
    Secret seed { kSeedSize };
    auto size = seed.size();
    require(EVP_PKEY_get_raw_private_key(key_.get(), seed.writable().data(), &size) == 1, "read an Ed25519 key");
    return seed;
}

Ed25519Point Ed25519Key::point() const
{
    Ed25519Point point;
    auto size = point.size();
    require(EVP_PKEY_get_raw_public_key(key_.get(), raw(point.data()), &size) == 1, "read an Ed25519 key");
    return point;
}

Ed25519Signature Ed25519Key::sign(std::string_view message) const
{
    Ed25519Signature signature;
    auto size = signature.size();
    OpenSsl<EVP_MD_CTX> context(EVP_MD_CTX_new());
    require(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1
            && EVP_DigestSign(context.get(), raw(signature.data()), &size, raw(message), message.size()) == 1,
        "sign");
    return signature;
}

bool is_signed_by(Ed25519Point const& point, std::string_view message, Ed25519Signature const& signature)
{
    OpenSsl<EVP_PKEY> key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(point.data()), point.size()));
    OpenSsl<EVP_MD_CTX> context(EVP_MD_CTX_new());
    return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1
        && EVP_DigestVerify(context.get(), raw(signature.data()), signature.size(), raw(message), message.size()) == 1;
}

} // namespace farl::owner
