#include "enclave/crypto/p256.h"

#include "enclave/crypto/boringssl.h"
#include "enclave/crypto/sha256.h"
#include "enclave/crypto/vector_scope.h"

#include <openssl/bn.h>
#include <openssl/ec_key.h>
#include <openssl/ecdh.h>
#include <openssl/ecdsa.h>
#include <openssl/nid.h>

namespace farl {

namespace {

Result<EcKey> new_key()
{
    EcKey key(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
    TRY(outcome(key != nullptr, Errno::Enomem));
    return key;
}

// Where BoringSSL tells nothing of why it fails, a failure to allocate counts as bad input.
Result<> set_scalar(EC_KEY* key, P256PrivateKey::Scalar const& scalar)
{
    auto const* group = EC_KEY_get0_group(key);
    auto bytes = scalar.bytes();
    bssl::UniquePtr<BIGNUM> number(BN_bin2bn(octets(bytes), bytes.size(), nullptr));
    bssl::UniquePtr<EC_POINT> point(EC_POINT_new(group));
    TRY(outcome(number && point, Errno::Enomem));
    TRY(outcome(!BN_is_zero(number.get()) && EC_KEY_set_private_key(key, number.get()), Errno::Einval));
    TRY(outcome(EC_POINT_mul(group, point.get(), number.get(), nullptr, nullptr, nullptr), Errno::Enomem));
    return outcome(EC_KEY_set_public_key(key, point.get()), Errno::Einval);
}

Result<> set_point(EC_KEY* key, std::span<std::byte const> bytes)
{
    auto const* group = EC_KEY_get0_group(key);
    bssl::UniquePtr<EC_POINT> point(EC_POINT_new(group));
    TRY(outcome(point != nullptr, Errno::Enomem));
    // It looks whether the point is on the curve; the order of this curve's group is prime, so that is enough.
    TRY(outcome(EC_POINT_oct2point(group, point.get(), octets(bytes), bytes.size(), nullptr), Errno::Einval));
    return outcome(EC_KEY_set_public_key(key, point.get()), Errno::Einval);
}

} // namespace

void EcKeyRelease::operator()(ec_key_st* key) const
{
    VectorScope vectors;
    EC_KEY_free(key);
}

Result<P256PublicKey> P256PublicKey::create(std::span<std::byte const> point)
{
    if (point.size() != sizeof(Point)) // no compressed form, no point at infinity
        return Errno::Einval;
    VectorScope vectors;
    auto key = TRY(new_key());
    TRY(set_point(key.get(), point));
    return P256PublicKey(std::move(key));
}

Result<> P256PublicKey::verify(std::span<std::byte const> message, std::span<std::byte const> signature) const
{
    auto digest = Sha256::of(message);
    VectorScope vectors;
    int ok = ECDSA_verify(0, octets(digest), digest.size(), octets(signature), signature.size(), key_.get());
    return outcome(ok, Errno::Ebadmsg);
}

Result<P256PrivateKey> P256PrivateKey::generate()
{
    VectorScope vectors;
    auto key = TRY(new_key());
    TRY(outcome(EC_KEY_generate_key(key.get()), Errno::Enomem));
    return P256PrivateKey(std::move(key));
}

Result<P256PrivateKey> P256PrivateKey::create(Scalar const& scalar)
{
    VectorScope vectors;
    auto key = TRY(new_key());
    TRY(set_scalar(key.get(), scalar));
    return P256PrivateKey(std::move(key));
}

Result<P256PublicKey::Point> P256PrivateKey::public_point() const
{
    VectorScope vectors;
    P256PublicKey::Point point;
    auto size = EC_POINT_point2oct(EC_KEY_get0_group(key_.get()), EC_KEY_get0_public_key(key_.get()),
        POINT_CONVERSION_UNCOMPRESSED, writable_octets(point), point.size(), nullptr);
    TRY(outcome(size == point.size(), Errno::Enomem));
    return point;
}

Result<P256PublicKey::Info> P256PrivateKey::public_key_info() const
{
    // SEQUENCE { SEQUENCE { id-ecPublicKey, secp256r1 }, BIT STRING { point } }
    constexpr uint8_t kPrefix[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
        0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 };
    static_assert(sizeof(kPrefix) + sizeof(P256PublicKey::Point) == sizeof(P256PublicKey::Info));
    auto point = TRY(public_point());
    P256PublicKey::Info info;
    memcpy(info.data(), kPrefix, sizeof(kPrefix));
    memcpy(info.data() + sizeof(kPrefix), point.data(), point.size());
    return info;
}

Result<P256Signature> P256PrivateKey::sign(std::span<std::byte const> message) const
{
    auto digest = Sha256::of(message);
    VectorScope vectors;
    P256Signature signature;
    unsigned size = 0;
    ASSERT(ECDSA_size(key_.get()) <= signature.der.size());
    TRY(outcome(ECDSA_sign(0, octets(digest), digest.size(), writable_octets(signature.der), &size, key_.get()),
        Errno::Enomem));
    signature.size = size;
    return signature;
}

Result<P256PrivateKey::Agreement> P256PrivateKey::agree(P256PublicKey const& other) const
{
    VectorScope vectors;
    Agreement agreement;
    auto bytes = agreement.bytes();
    auto const* point = EC_KEY_get0_public_key(other.key_.get());
    int size = ECDH_compute_key(bytes.data(), bytes.size(), point, key_.get(), nullptr);
    TRY(outcome(size == static_cast<int>(bytes.size()), Errno::Enomem));
    return agreement;
}

} // namespace farl
