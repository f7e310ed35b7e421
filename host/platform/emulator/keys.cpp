#include "host/platform/emulator/keys.h"

#include <cstring>
#include <fcntl.h>
#include <memory>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sys/random.h>
#include <unistd.h>

namespace farl::host {

namespace {

constexpr char kSeedSalt[] = "Farl SGX emulator";

unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
unsigned char const* raw(std::byte const* bytes) { return reinterpret_cast<unsigned char const*>(bytes); }

PlatformSecret random_secret()
{
    PlatformSecret secret;
    ASSERT(getrandom(secret.data(), secret.size(), 0) == static_cast<ssize_t>(secret.size()));
    return secret;
}

bool read_secret(std::string const& path, PlatformSecret& secret)
{
    int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return false;
    auto size = read(file, secret.data(), secret.size());
    close(file);
    return size == static_cast<ssize_t>(secret.size());
}

// Complete or not at all, and never over another process's: a temporary file becomes `path` unless that exists.
void keep_secret(std::string const& path, PlatformSecret const& secret)
{
    auto temporary = path + "." + std::to_string(getpid());
    int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return;
    bool is_written = write(file, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) && !fsync(file);
    close(file);
    if (is_written)
        (void)link(temporary.c_str(), path.c_str());
    unlink(temporary.c_str());
}

// Leaked, so that an enclave may run until the process is gone.
std::string& secret_file()
{
    static auto& path = *new std::string;
    return path;
}

} // namespace

void set_platform_secret_file(std::string path) { secret_file() = std::move(path); }

PlatformKeys const& platform_keys()
{
    static auto const keys = PlatformKeys::load(secret_file());
    return keys;
}

PlatformKeys PlatformKeys::load(std::string const& path)
{
    PlatformSecret secret;
    if (!path.empty() && read_secret(path, secret))
        return PlatformKeys(secret);
    secret = random_secret();
    if (!path.empty()) {
        keep_secret(path, secret);
        read_secret(path, secret); // another process may have been first
    }
    return PlatformKeys(secret);
}

Key PlatformKeys::derive(KeyDependencies const& dependencies) const
{
    std::array<unsigned char, 32> hash;
    unsigned size = hash.size();
    HMAC(EVP_sha256(), secret_.data(), secret_.size(), reinterpret_cast<unsigned char const*>(&dependencies),
        sizeof dependencies, hash.data(), &size);
    Key key;
    std::memcpy(key.data(), hash.data(), key.size());
    return key;
}

// HKDF (RFC 5869): what derive() hashes is no message of its.
PlatformKeys::Seed PlatformKeys::derive_seed(std::string_view name) const
{
    std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr), EVP_PKEY_CTX_free);
    auto const* info = reinterpret_cast<unsigned char const*>(name.data());
    Seed seed;
    size_t size = seed.size();
    bool is_done = EVP_PKEY_derive_init(context.get()) > 0 && EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) > 0
        && EVP_PKEY_CTX_set1_hkdf_salt(
               context.get(), reinterpret_cast<unsigned char const*>(kSeedSalt), sizeof(kSeedSalt))
            > 0
        && EVP_PKEY_CTX_set1_hkdf_key(context.get(), raw(secret_.data()), secret_.size()) > 0
        && EVP_PKEY_CTX_add1_hkdf_info(context.get(), info, static_cast<int>(name.size())) > 0
        && EVP_PKEY_derive(context.get(), raw(seed.data()), &size) > 0;
    ASSERT(is_done);
    return seed;
}

Key cmac(Key const& key, std::span<std::byte const> message)
{
    std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> algorithm(EVP_MAC_fetch(nullptr, "CMAC", nullptr), EVP_MAC_free);
    std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(
        EVP_MAC_CTX_new(algorithm.get()), EVP_MAC_CTX_free);
    char cipher[] = "AES-128-CBC";
    OSSL_PARAM parameters[] { OSSL_PARAM_construct_utf8_string("cipher", cipher, 0), OSSL_PARAM_construct_end() };
    Key mac {};
    size_t size = mac.size();
    bool is_done = EVP_MAC_init(context.get(), raw(key.data()), key.size(), parameters)
        && EVP_MAC_update(context.get(), raw(message.data()), message.size())
        && EVP_MAC_final(context.get(), raw(mac.data()), &size, mac.size());
    ASSERT(is_done);
    return mac;
}

} // namespace farl::host
