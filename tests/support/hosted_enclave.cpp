#include "tests/support/hosted_enclave.h"

#include "abi/formats/admission.h"
#include "host/platform/emulator/attestation.h"
#include "host/platform/emulator/quoting_enclave.h"
#include "host/platform/emulator/sha256.h"

#include <algorithm>
#include <openssl/ssl.h>

namespace farl {

namespace {

using owner::OpenSsl;
using owner::require;

struct FreeTls {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* connection) const { SSL_free(connection); }
};

void append(ByteVector& bytes, std::span<std::byte const> more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

// RFC 8949, section 3; lengths as they occur here.
void append_head(ByteVector& bytes, unsigned major, size_t value)
{
    auto push = [&](size_t byte) { bytes.push_back(static_cast<std::byte>(byte)); };
    if (value < 24)
        return push(major << 5 | value);
    if (value < 256) {
        push(major << 5 | 24);
        return push(value);
    }
    push(major << 5 | 25);
    push(value >> 8);
    push(value & 0xff);
}

void append_bytes(ByteVector& bytes, std::span<std::byte const> value)
{
    append_head(bytes, 2, value.size());
    append(bytes, value);
}

sgx::Hash key_hash(EVP_PKEY* key)
{
    unsigned char* encoded = nullptr;
    auto size = i2d_PUBKEY(key, &encoded);
    auto hash = host::Sha256::of(std::as_bytes(std::span(encoded, static_cast<size_t>(size))));
    OPENSSL_free(encoded);
    return hash;
}

void add_evidence(X509* certificate, ByteVector const& evidence)
{
    auto* kind = OBJ_txt2obj("2.23.133.5.4.9", 1);
    auto* value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(
        value, reinterpret_cast<unsigned char const*>(evidence.data()), static_cast<int>(evidence.size()));
    OpenSsl<X509_EXTENSION> extension(X509_EXTENSION_create_by_OBJ(nullptr, kind, 0, value));
    require(X509_add_ext(certificate, extension.get(), -1) == 1, "add an extension");
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(kind);
}

void read_all(SSL* connection, std::span<std::byte> bytes)
{
    for (size_t done = 0; done < bytes.size();) {
        auto count = SSL_read(connection, bytes.data() + done, static_cast<int>(bytes.size() - done));
        if (count <= 0)
            throw std::runtime_error("the CAS gives no answer");
        done += static_cast<size_t>(count);
    }
}

std::unique_ptr<SSL, FreeTls> connected(SSL_CTX* context, int socket)
{
    std::unique_ptr<SSL, FreeTls> connection(SSL_new(context));
    SSL_set_fd(connection.get(), socket);
    if (SSL_connect(connection.get()) != 1)
        throw std::runtime_error("the handshake fails");
    return connection;
}

std::unique_ptr<SSL_CTX, FreeTls> context_for(ShownCertificate const& shown)
{
    constexpr std::string_view kProtocol = "\x0e"
                                           "farl-enclave/1";
    std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_client_method()));
    require(SSL_CTX_use_certificate(context.get(), shown.certificate.get()) == 1
            && SSL_CTX_use_PrivateKey(context.get(), shown.key.get()) == 1
            && SSL_CTX_set_alpn_protos(
                   context.get(), reinterpret_cast<unsigned char const*>(kProtocol.data()), kProtocol.size())
                == 0,
        "prepare TLS");
    return context;
}

} // namespace

HostedEnclave hosted_enclave(uint8_t secret, uint8_t mrenclave, bool debug)
{
    sgx::Secs secs;
    secs.mrenclave.fill(std::byte { mrenclave });
    secs.attributes = { sgx::kAttributeInit | sgx::kAttributeMode64Bit | (debug ? sgx::kAttributeDebug : 0),
        sgx::kXfrmLegacy };
    return { host::PlatformKeys(host::PlatformSecret { std::byte { secret } }), secs };
}

OpenSsl<EVP_PKEY> new_p256_key() { return OpenSsl<EVP_PKEY>(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")); }

ByteVector claims_for(EVP_PKEY* key)
{
    constexpr std::string_view kName = "pubkey-hash";
    ByteVector hash, claims;
    append_head(hash, 4, 2);
    append_head(hash, 0, 1);
    append_bytes(hash, key_hash(key));
    append_head(claims, 5, 1);
    append_head(claims, 3, kName.size());
    append(claims, std::as_bytes(std::span(kName)));
    append_bytes(claims, hash);
    return claims;
}

sgx::ReportData report_data_for(std::span<std::byte const> claims)
{
    sgx::ReportData data {};
    std::ranges::copy(host::Sha256::of(claims), data.begin());
    return data;
}

ByteVector quote_from(HostedEnclave const& enclave, sgx::ReportData const& data)
{
    auto report = host::ereport(enclave.platform, enclave.secs, host::quoting_target(), data);
    return MUST(host::quote_of(enclave.platform, report));
}

ByteVector evidence_with(std::span<std::byte const> quote, std::span<std::byte const> claims)
{
    ByteVector evidence;
    append_head(evidence, 6, 60000);
    append_head(evidence, 4, 2);
    append_bytes(evidence, quote);
    append_bytes(evidence, claims);
    return evidence;
}

ShownCertificate certificate_with(OpenSsl<EVP_PKEY> key, std::vector<ByteVector> const& evidences)
{
    OpenSsl<X509> certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), "20000101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), "99991231235959Z");
    X509_set_pubkey(certificate.get(), key.get());
    for (auto const& evidence : evidences)
        add_evidence(certificate.get(), evidence);
    require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "sign a certificate");
    return { std::move(key), std::move(certificate) };
}

ShownCertificate attested_certificate(HostedEnclave const& enclave)
{
    auto key = new_p256_key();
    auto claims = claims_for(key.get());
    auto quote = quote_from(enclave, report_data_for(claims));
    return certificate_with(std::move(key), { evidence_with(quote, claims) });
}

ByteVector ask_cas(int socket, ShownCertificate const& shown, std::string_view service)
{
    ByteVector request(formats::request_size(service));
    formats::write_request(request, service);
    return ask_cas_with(socket, shown, request);
}

ByteVector ask_cas_with(int socket, ShownCertificate const& shown, std::span<std::byte const> request)
{
    return talk_to_cas(socket, shown, { ByteVector(request.begin(), request.end()) }).back();
}

std::vector<ByteVector> talk_to_cas(int socket, ShownCertificate const& shown, std::vector<ByteVector> const& requests)
{
    auto context = context_for(shown);
    auto connection = connected(context.get(), socket);
    std::vector<ByteVector> answers;
    for (auto const& request : requests) {
        ByteVector message;
        for (size_t i = 0; i < formats::kMessagePrefixSize; ++i)
            message.push_back(static_cast<std::byte>(request.size() >> (8 * (formats::kMessagePrefixSize - 1 - i))));
        append(message, request);
        SSL_write(connection.get(), message.data(), static_cast<int>(message.size()));

        std::array<std::byte, formats::kMessagePrefixSize> prefix;
        read_all(connection.get(), prefix);
        size_t size = 0;
        for (auto byte : prefix)
            size = size << 8 | std::to_integer<size_t>(byte);
        read_all(connection.get(), answers.emplace_back(size));
    }
    SSL_shutdown(connection.get());
    return answers;
}

} // namespace farl
