#include "owner/image/image_keys.h"

#include "owner/digest/digest.h"
#include "owner/keys/openssl.h"

#include <openssl/rand.h>

namespace farl::owner {

namespace {

Secret random_key()
{
    Secret key { kSealingKeySize };
    require(RAND_priv_bytes(key.writable().data(), static_cast<int>(key.size())) == 1, "make random bytes");
    return key;
}

template <typename Bytes>
std::string_view text_of(Bytes const& bytes)
{
    return { reinterpret_cast<char const*>(bytes.data()), bytes.size() };
}

} // namespace

Secret RandomImageKeys::file_key(std::string_view) { return random_key(); }

ImageKeys::ForFspf RandomImageKeys::fspf_key(std::span<std::byte const>)
{
    ForFspf result { random_key(), {} };
    auto* nonce = reinterpret_cast<unsigned char*>(result.nonce.data());
    require(RAND_bytes(nonce, static_cast<int>(result.nonce.size())) == 1, "make random bytes");
    return result;
}

DerivedImageKeys::DerivedImageKeys(Secret master, std::span<std::byte const, 32> input_digest)
    : master_(std::move(master)),
      input_digest_(text_of(input_digest))
{
}

Secret DerivedImageKeys::file_key(std::string_view path)
{
    return derive_sealing_key(master_, input_digest_, "farl image file " + std::string(path));
}

// The key is for this payload alone, so any nonce will do.
ImageKeys::ForFspf DerivedImageKeys::fspf_key(std::span<std::byte const> payload)
{
    auto const digest = sha256(payload);
    return { derive_sealing_key(master_, text_of(digest), "farl image fspf"), {} };
}

} // namespace farl::owner
