// Compiled into the hosted tests and into the test enclave.
#include "tests/crypto/operation.h"

#include "enclave/crypto/aes_gcm.h"
#include "enclave/crypto/p256.h"
#include "enclave/crypto/sha256.h"
#include "tests/crypto/wrapped.h"

#include <cstring>

namespace farl::crypto_test {

namespace {

using Input = std::span<std::byte const>;

Input in(Bytes const& bytes) { return { static_cast<std::byte const*>(bytes.data), bytes.size }; }
std::span<std::byte> out(Bytes const& bytes) { return { static_cast<std::byte*>(bytes.data), bytes.size }; }

template <typename Array>
Result<Array> fixed(Bytes const& bytes)
{
    Array array;
    if (bytes.size != array.size())
        return Errno::Einval;
    memcpy(array.data(), bytes.data, array.size());
    return array;
}

Result<Secret<32>> secret(Bytes const& bytes)
{
    if (bytes.size != 32)
        return Errno::Einval;
    return Secret<32>(in(bytes).first<32>());
}

Result<uint64_t> put(Bytes const& to, Input from)
{
    if (to.size < from.size())
        return Errno::Einval;
    memcpy(to.data, from.data(), from.size());
    return from.size();
}

Result<uint64_t> seal(Request const& request)
{
    AesGcm gcm(TRY(secret(request.key)));
    AesGcm::Tag tag;
    TRY(gcm.seal(
        TRY(fixed<AesGcm::Nonce>(request.nonce)), in(request.additional), in(request.input), out(request.output), tag));
    return put(request.tag, tag);
}

Result<uint64_t> open(Request const& request)
{
    AesGcm gcm(TRY(secret(request.key)));
    TRY(gcm.open(TRY(fixed<AesGcm::Nonce>(request.nonce)), in(request.additional), in(request.input),
        TRY(fixed<AesGcm::Tag>(request.tag)), out(request.output)));
    return request.output.size;
}

Result<uint64_t> hmac(Request const& request)
{
    return put(request.output, TRY(hmac_sha256(in(request.key), in(request.input))));
}

Result<uint64_t> hkdf(Request const& request)
{
    TRY(hkdf_sha256(out(request.output), in(request.key), in(request.nonce), in(request.additional)));
    return request.output.size;
}

Result<uint64_t> verify(Request const& request)
{
    auto key = TRY(P256PublicKey::create(in(request.key)));
    TRY(key.verify(in(request.input), in(request.tag)));
    return 0ul;
}

Result<uint64_t> agree(Request const& request)
{
    auto key = TRY(P256PrivateKey::create(TRY(secret(request.key))));
    auto agreement = TRY(key.agree(TRY(P256PublicKey::create(in(request.input)))));
    return put(request.output, agreement.bytes());
}

Result<uint64_t> sign(Request const& request)
{
    auto key = TRY(P256PrivateKey::create(TRY(secret(request.key))));
    return put(request.output, TRY(key.sign(in(request.input))).bytes());
}

Result<uint64_t> public_key(Request const& request)
{
    auto key = TRY(P256PrivateKey::create(TRY(secret(request.key))));
    return put(request.output, TRY(key.public_point()));
}

} // namespace

Result<uint64_t> run_wrapped(Request const& request)
{
    switch (request.operation) {
    case Operation::Seal:
        return seal(request);
    case Operation::Open:
        return open(request);
    case Operation::Hmac:
        return hmac(request);
    case Operation::Hkdf:
        return hkdf(request);
    case Operation::Verify:
        return verify(request);
    case Operation::Agree:
        return agree(request);
    case Operation::Sign:
        return sign(request);
    case Operation::PublicKey:
        return public_key(request);
    default:
        return Errno::Enosys;
    }
}

} // namespace farl::crypto_test
