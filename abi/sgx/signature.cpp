#include "abi/sgx/signature.h"

#include <algorithm>
#include <memory>
// The plain functions of SHA-256: EVP adds four megabytes of other algorithms to a static link.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/sha.h>

namespace farl::sgx {

namespace {

struct FreeNumber {
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;
using Context = std::unique_ptr<BN_CTX, FreeNumber>;

constexpr uint32_t kVendorIntel = 0x8086;
// DigestInfo of SHA-256: RFC 8017, section 9.2, note 1.
constexpr std::array<uint8_t, 19> kDigestInfo { 0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
    0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };

unsigned char const* raw(Number3072 const& number) { return reinterpret_cast<unsigned char const*>(number.data()); }

Number number_from(Number3072 const& bytes) { return Number(BN_lebin2bn(raw(bytes), bytes.size(), nullptr)); }

// EMSA-PKCS1-v1_5 of a hash: RFC 8017, section 9.2.
Number encoded_message(Hash const& hash)
{
    std::array<unsigned char, kModulusSize> message;
    message.fill(0xFF);
    message[0] = 0;
    message[1] = 1;
    auto* end = message.data() + message.size() - hash.size();
    std::transform(hash.begin(), hash.end(), end, [](std::byte byte) { return static_cast<unsigned char>(byte); });
    end = std::copy_backward(kDigestInfo.begin(), kDigestInfo.end(), end);
    *--end = 0;
    return Number(BN_bin2bn(message.data(), message.size(), nullptr));
}

Hash signed_hash(SigStruct const& signature)
{
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, signature.signed_header().data(), signature.signed_header().size());
    SHA256_Update(&context, signature.signed_body().data(), signature.signed_body().size());
    Hash hash;
    SHA256_Final(reinterpret_cast<unsigned char*>(hash.data()), &context);
    return hash;
}

template <size_t size>
bool is_zero(uint8_t const (&bytes)[size])
{
    return std::all_of(std::begin(bytes), std::end(bytes), [](uint8_t byte) { return byte == 0; });
}

} // namespace

bool is_well_formed(SigStruct const& signature)
{
    return signature.header == kSigStructHeader && signature.header2 == kSigStructHeader2
        && (signature.vendor == 0 || signature.vendor == kVendorIntel) && signature.exponent == kSigStructExponent
        && is_zero(signature.reserved1) && is_zero(signature.reserved2) && is_zero(signature.reserved3)
        && is_zero(signature.reserved4);
}

// q1 = floor(s^2 / m), q2 = floor((s^3 - q1 s m) / m), and s^3 mod m = (s^2 mod m) s - q2 m is the encoded message.
bool is_signed(SigStruct const& signature)
{
    Context context(BN_CTX_new());
    auto const modulus = number_from(signature.modulus);
    auto const value = number_from(signature.signature);
    if (BN_num_bits(modulus.get()) != kModulusSize * 8 || !BN_is_odd(modulus.get())
        || BN_cmp(value.get(), modulus.get()) >= 0)
        return false;

    Number product(BN_new()), q1(BN_new()), q2(BN_new()), rest(BN_new());
    bool const is_computed = BN_sqr(product.get(), value.get(), context.get())
        && BN_div(q1.get(), rest.get(), product.get(), modulus.get(), context.get())
        && BN_mul(product.get(), rest.get(), value.get(), context.get())
        && BN_div(q2.get(), rest.get(), product.get(), modulus.get(), context.get());
    return is_computed && BN_cmp(q1.get(), number_from(signature.q1).get()) == 0
        && BN_cmp(q2.get(), number_from(signature.q2).get()) == 0
        && BN_cmp(rest.get(), encoded_message(signed_hash(signature)).get()) == 0;
}

} // namespace farl::sgx
