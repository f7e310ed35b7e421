#include "enclave/attest/cas_client.h"

#include "abi/formats/admission.h"
#include "enclave/attest/evidence.h"
#include "enclave/attest/quote.h"
#include "enclave/attest/tls_stream.h"
#include "enclave/crypto/certificate.h"

namespace farl {

namespace {

constexpr std::string_view kProtocol = "farl-enclave/1";

Errno explain(Formatter& why, Errno error, std::string_view what)
{
    why << what;
    return error;
}

// What it says if a step of the connection fails.
Errno explain_connection(Formatter& why, Errno error)
{
    switch (error) {
    case Errno::Etimedout:
        return explain(why, error, "the CAS does not answer in time");
    case Errno::Ekeyrejected:
        return explain(why, error, "the CAS has another key than the one that it has to have (--cas-key)");
    case Errno::Eprotonosupport:
        return explain(why, error, "what answers is no CAS: it does not speak farl-enclave/1 over TLS 1.3");
    case Errno::Eproto:
        return explain(why, error, "the connection to the CAS is broken: TLS fails");
    case Errno::Emsgsize:
        return explain(why, error, "the CAS sends a message that is too large");
    case Errno::Enomem:
        return explain(why, error, "no memory for the connection to the CAS");
    default:
        why << "the CAS has closed the connection, or the host has (error " << static_cast<int>(error) << ")";
        return error;
    }
}

Result<Vector<std::byte>> make_certificate(P256PrivateKey const& key)
{
    auto claims = TRY(make_claims(TRY(key.public_key_info())));
    auto quote = TRY(make_quote(report_data(claims.span())));
    auto evidence = TRY(make_evidence(quote.span(), claims.span()));
    return self_signed_certificate(key, { kTaggedEvidence, evidence.span() });
}

Result<> send_request(TlsStream& stream, std::string_view service)
{
    auto size = formats::request_size(service);
    Vector<std::byte> message;
    TRY(message.resize(formats::kMessagePrefixSize + size));
    for (size_t i = 0; i < formats::kMessagePrefixSize; ++i)
        message[i] = static_cast<std::byte>(size >> (8 * (formats::kMessagePrefixSize - 1 - i)));
    formats::write_request(message.span().subspan(formats::kMessagePrefixSize), service);
    return stream.write(message.span());
}

Result<SecretBytes> receive_answer(TlsStream& stream)
{
    std::byte prefix[formats::kMessagePrefixSize];
    TRY(stream.read(prefix));
    size_t size = 0;
    for (auto byte : prefix)
        size = size << 8 | std::to_integer<size_t>(byte);
    if (size > formats::kLargestMessage)
        return Errno::Emsgsize;
    auto answer = TRY(SecretBytes::create(size));
    TRY(stream.read(answer.bytes()));
    return answer;
}

// The CAS has noted down what it decided before it answers, so nothing depends on whether it hears the end.
Result<SecretBytes> converse(TlsStream& stream, std::string_view service)
{
    TRY(stream.shake_hands());
    TRY(send_request(stream, service));
    auto answer = TRY(receive_answer(stream));
    (void)stream.end();
    return answer;
}

Errno explain_denial(Formatter& why, std::span<std::byte const> block)
{
    auto denial = formats::parse_denial(block);
    if (denial.is_error())
        return explain(why, Errno::Eproto, "the CAS sends a denial that is damaged");
    why << "the CAS does not let this enclave in: " << denial.value().reason << ": " << denial.value().explanation;
    return Errno::Eacces;
}

} // namespace

Result<SecretBytes> fetch_startup_config(CasRequest const& request, HostStream stream, Formatter& why)
{
    auto key = P256PrivateKey::generate();
    if (key.is_error())
        return explain_connection(why, key.error());
    auto certificate = make_certificate(key.value());
    if (certificate.is_error()) {
        why << "the platform makes no quote of this enclave (error " << static_cast<int>(certificate.error()) << ")";
        return certificate.error();
    }
    auto client = TlsClient::create({ key.value(), certificate.value().span() }, kProtocol, request.key);
    if (client.is_error())
        return explain_connection(why, client.error());
    TlsStream connection(std::move(stream), client.release_value());
    auto answer = converse(connection, request.service);
    if (answer.is_error())
        return explain_connection(why, answer.error());
    if (formats::is_denial(answer.value().bytes()))
        return explain_denial(why, answer.value().bytes());
    return answer;
}

} // namespace farl
