#include "host/platform/emulator/quoting_key.h"

#include <algorithm>
#include <cstring>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>

namespace farl::host {

namespace {

struct Free {
    void operator()(BIGNUM* number) const { BN_clear_free(number); }
    void operator()(EC_GROUP* group) const { EC_GROUP_free(group); }
    void operator()(EC_POINT* point) const { EC_POINT_free(point); }
    void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
    void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

constexpr size_t kNumberSize = 32;
// SEC 1, section 2.3.3: 4, x, y.
constexpr size_t kPointSize = 1 + 2 * kNumberSize;
constexpr size_t kLargestSignature = 80; // in DER

using EncodedPoint = std::array<unsigned char, kPointSize>;

// FIPS 186-4, B.4.1: with 128 bits more than the order has, no number is likelier than another.
Owned<BIGNUM> private_number(EC_GROUP const* group, PlatformKeys const& keys, std::string_view name)
{
    auto seed = keys.derive_seed(name);
    Owned<BIGNUM> number(BN_bin2bn(reinterpret_cast<unsigned char const*>(seed.data()), seed.size(), nullptr));
    Owned<BIGNUM> below_order(BN_dup(EC_GROUP_get0_order(group)));
    BN_sub_word(below_order.get(), 1);
    std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), BN_CTX_free);
    ASSERT(BN_mod(number.get(), number.get(), below_order.get(), context.get()) && BN_add_word(number.get(), 1));
    return number;
}

EncodedPoint public_point(EC_GROUP const* group, BIGNUM const* number)
{
    Owned<EC_POINT> point(EC_POINT_new(group));
    EncodedPoint encoded;
    ASSERT(EC_POINT_mul(group, point.get(), number, nullptr, nullptr, nullptr)
        && EC_POINT_point2oct(
               group, point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(), encoded.size(), nullptr)
            == encoded.size());
    return encoded;
}

EVP_PKEY* make_key(BIGNUM const* number, EncodedPoint const& point)
{
    Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), "group", "P-256", 0);
    OSSL_PARAM_BLD_push_BN(builder.get(), "priv", number);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), "pub", point.data(), point.size());
    Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* key = nullptr;
    ASSERT(EVP_PKEY_fromdata_init(context.get()) > 0
        && EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) > 0);
    return key;
}

} // namespace

QuotingKey::QuotingKey(PlatformKeys const& keys, std::string_view name)
{
    Owned<EC_GROUP> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    auto number = private_number(group.get(), keys, name);
    auto point = public_point(group.get(), number.get());
    key_.reset(make_key(number.get(), point));
    std::memcpy(point_.data(), point.data() + 1, point_.size());
}

sgx::P256Pair QuotingKey::sign(std::span<std::byte const> message) const
{
    Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    std::array<unsigned char, kLargestSignature> encoded;
    size_t size = encoded.size();
    ASSERT(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1
        && EVP_DigestSign(context.get(), encoded.data(), &size, reinterpret_cast<unsigned char const*>(message.data()),
               message.size())
            == 1);
    auto const* begin = encoded.data();
    Owned<ECDSA_SIG> signature(d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(size)));
    sgx::P256Pair pair;
    auto* numbers = reinterpret_cast<unsigned char*>(pair.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), numbers, kNumberSize);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), numbers + kNumberSize, kNumberSize);
    return pair;
}

} // namespace farl::host
