#include "owner/signer/signing_key.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <unistd.h>

namespace farl::owner {

namespace {

using sgx::Number3072;

struct Free {
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(BN_CTX* context) const { BN_CTX_free(context); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(std::FILE* file) const { std::fclose(file); }
};
template <typename T>
using Handle = std::unique_ptr<T, Free>;
using Number = Handle<BIGNUM>;

constexpr int kKeyBits = 3072;

unsigned char* raw(Number3072& number) { return reinterpret_cast<unsigned char*>(number.data()); }

Number parameter(EVP_PKEY const* key, char const* name)
{
    BIGNUM* number = nullptr;
    ASSERT(EVP_PKEY_get_bn_param(key, name, &number));
    return Number(number);
}

bool is_suitable(EVP_PKEY const* key)
{
    return EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) == kKeyBits
        && BN_is_word(parameter(key, OSSL_PKEY_PARAM_RSA_E).get(), sgx::kSigStructExponent);
}

Number3072 little_endian(BIGNUM const* number)
{
    Number3072 bytes;
    ASSERT(BN_bn2lebinpad(number, raw(bytes), bytes.size()) == static_cast<int>(bytes.size()));
    return bytes;
}

// Big-endian, as OpenSSL has it.
Number3072 signature_of(EVP_PKEY* key, sgx::SigStruct const& structure)
{
    Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
    Number3072 signature;
    size_t size = signature.size();
    auto const header = structure.signed_header();
    auto const body = structure.signed_body();
    ASSERT(context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1
        && EVP_DigestSignUpdate(context.get(), header.data(), header.size()) == 1
        && EVP_DigestSignUpdate(context.get(), body.data(), body.size()) == 1
        && EVP_DigestSignFinal(context.get(), raw(signature), &size) == 1 && size == signature.size());
    return signature;
}

// q1 = floor(s^2 / m), q2 = floor((s^3 - q1 s m) / m): SDM vol. 3D, "SIGSTRUCT".
void compute_quotients(sgx::SigStruct& structure, BIGNUM const* signature, BIGNUM const* modulus)
{
    Handle<BN_CTX> context(BN_CTX_new());
    Number product(BN_new()), quotient(BN_new()), rest(BN_new());
    ASSERT(context && BN_sqr(product.get(), signature, context.get())
        && BN_div(quotient.get(), rest.get(), product.get(), modulus, context.get()));
    structure.q1 = little_endian(quotient.get());
    ASSERT(BN_mul(product.get(), rest.get(), signature, context.get())
        && BN_div(quotient.get(), nullptr, product.get(), modulus, context.get()));
    structure.q2 = little_endian(quotient.get());
}

} // namespace

Result<SigningKey> SigningKey::generate()
{
    Handle<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nullptr));
    Number exponent(BN_new());
    EVP_PKEY* key = nullptr;
    bool const is_made = context && BN_set_word(exponent.get(), sgx::kSigStructExponent)
        && EVP_PKEY_keygen_init(context.get()) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), kKeyBits) == 1
        && EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), exponent.get()) == 1
        && EVP_PKEY_generate(context.get(), &key) == 1;
    if (!is_made)
        return Errno::Enomem;
    return SigningKey(Key(key));
}

Result<SigningKey> SigningKey::load(std::string const& path)
{
    Handle<std::FILE> file(std::fopen(path.c_str(), "re"));
    if (!file)
        return static_cast<Errno>(errno);
    Key key(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr));
    if (!key || !is_suitable(key.get()))
        return Errno::Einval;
    return SigningKey(std::move(key));
}

Result<> SigningKey::save(std::string const& path) const
{
    auto const descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return static_cast<Errno>(errno);
    Handle<std::FILE> file(fdopen(descriptor, "w"));
    bool const is_written = file && PEM_write_PrivateKey(file.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr)
        && !std::fflush(file.get());
    return is_written ? Result<> {} : Errno::Eio;
}

Number3072 SigningKey::modulus() const { return little_endian(parameter(key_.get(), OSSL_PKEY_PARAM_RSA_N).get()); }

sgx::Hash SigningKey::mrsigner() const
{
    auto const bytes = modulus();
    sgx::Hash hash;
    ASSERT(EVP_Digest(
        bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(hash.data()), nullptr, EVP_sha256(), nullptr));
    return hash;
}

void SigningKey::sign(sgx::SigStruct& structure) const
{
    auto bytes = signature_of(key_.get(), structure);
    Number const signature(BN_bin2bn(raw(bytes), bytes.size(), nullptr));
    auto const modulus = parameter(key_.get(), OSSL_PKEY_PARAM_RSA_N);
    structure.exponent = sgx::kSigStructExponent;
    structure.modulus = little_endian(modulus.get());
    structure.signature = little_endian(signature.get());
    compute_quotients(structure, signature.get(), modulus.get());
}

} // namespace farl::owner
