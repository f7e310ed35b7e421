#include "enclave/attest/cas_client.h"

#include "abi/formats/admission.h"
#include "enclave/attest/evidence.h"
#include "enclave/attest/quote.h"
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

Result<> send(TlsStream& stream, std::span<std::byte const> block)
{
    Vector<std::byte> message;
    TRY(message.reserve(formats::kMessagePrefixSize + block.size()));
    for (size_t i = formats::kMessagePrefixSize; i-- > 0;)
        TRY(message.push(static_cast<std::byte>(block.size() >> (8 * i))));
    TRY(message.append(block));
    return stream.write(message.span());
}

Result<SecretBytes> receive(TlsStream& stream)
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

Result<SecretBytes> converse(TlsStream& stream, std::span<std::byte const> block)
{
    TRY(send(stream, block));
    return receive(stream);
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

Result<Owned<CasClient>> CasClient::create(CasRequest const& request, Formatter& why)
{
    auto key = P256PrivateKey::generate();
    if (key.is_error())
        return explain_connection(why, key.error());
    Owned<CasClient> client(new (std::nothrow) CasClient(request, key.release_value()));
    if (!client)
        return explain_connection(why, Errno::Enomem);
    auto certificate = make_certificate(client->key_);
    if (certificate.is_error()) {
        why << "the platform makes no quote of this enclave (error " << static_cast<int>(certificate.error()) << ")";
        return certificate.error();
    }
    client->certificate_ = certificate.release_value();
    return client;
}

Result<> CasClient::connect(HostStream stream)
{
    connection_.reset();
    auto client = TRY(TlsClient::create({ key_, certificate_.span() }, kProtocol, request_.key));
    connection_.emplace(std::move(stream), std::move(client));
    auto shaken = connection_->shake_hands();
    if (shaken.is_error()) {
        connection_.reset();
        return shaken;
    }
    request_.key = connection_->server_key();
    return {};
}

Result<SecretBytes> CasClient::ask(std::span<std::byte const> block, uint64_t deadline_ns)
{
    ASSERT(is_connected());
    connection_->set_deadline(deadline_ns);
    auto answer = converse(*connection_, block);
    if (answer.is_error())
        connection_.reset();
    return answer;
}

// The CAS has noted down what it decided before it answers, so nothing depends on whether it hears the end.
void CasClient::disconnect()
{
    if (connection_)
        (void)connection_->end();
    connection_.reset();
}

Result<SecretBytes> fetch_startup_config(CasClient& client, HostStream stream, uint64_t deadline_ns, Formatter& why)
{
    auto connected = client.connect(std::move(stream));
    if (connected.is_error())
        return explain_connection(why, connected.error());
    Vector<std::byte> request;
    if (request.resize(formats::request_size(client.service())).is_error())
        return explain_connection(why, Errno::Enomem);
    formats::write_request(request.span(), client.service());
    auto answer = client.ask(request.span(), deadline_ns);
    if (answer.is_error())
        return explain_connection(why, answer.error());
    if (formats::is_denial(answer.value().bytes()))
        return explain_denial(why, answer.value().bytes());
    client.stop_attending();
    return answer;
}

} // namespace farl
