#include "owner/keys/master_key.h"

#include "owner/keys/openssl.h"
#include "owner/keys/sealing.h"

#include <algorithm>
#include <openssl/rand.h>

namespace farl::owner {

namespace {

constexpr size_t kNonceSize = sizeof(SealingNonce);
static_assert(MasterKey::kSize == kSealingKeySize);

} // namespace

MasterKey MasterKey::generate()
{
    Secret key { kSize };
    require(RAND_priv_bytes(key.writable().data(), kSize) == 1, "make random bytes");
    return MasterKey(std::move(key));
}

Secret MasterKey::derive(std::string_view context) const { return derive_sealing_key(key_, {}, context); }

std::vector<std::byte> MasterKey::seal(std::string_view plaintext, std::string_view context) const
{
    SealingNonce nonce;
    require(RAND_bytes(reinterpret_cast<unsigned char*>(nonce.data()), kNonceSize) == 1, "make random bytes");
    std::vector<std::byte> sealed(kNonceSize + plaintext.size() + kSealingTagSize);
    std::ranges::copy(nonce, sealed.begin());
    owner::seal(derive(context), nonce, {}, plaintext, std::span(sealed).subspan(kNonceSize));
    return sealed;
}

std::optional<Secret> MasterKey::open(std::span<std::byte const> sealed, std::string_view context) const
{
    if (sealed.size() < kNonceSize + kSealingTagSize)
        return {};
    SealingNonce nonce;
    std::ranges::copy(sealed.first(kNonceSize), nonce.begin());
    return open_sealed(derive(context), nonce, {}, sealed.subspan(kNonceSize));
}

} // namespace farl::owner
