// TlsClient against servers that do as they should, and against everything else.
#include "enclave/crypto/certificate.h"
#include "enclave/crypto/tls_client.h"
#include "tests/crypto/tls_server.h"

#include <gtest/gtest.h>
#include <openssl/bytestring.h>
#include <openssl/x509.h>
#include <random>

using namespace farl;
using crypto_test::TlsServer;
using crypto_test::TlsServerOptions;

namespace {

using Bytes = std::vector<std::byte>;
constexpr std::string_view kProtocol = "farl-test/1";
constexpr uint8_t kIdentifier[] = { 0x67, 0x81, 0x05, 0x05, 0x04, 0x09 };

Bytes bytes_of(std::string_view text)
{
    auto bytes = std::as_bytes(std::span(text));
    return { bytes.begin(), bytes.end() };
}

Bytes all_outgoing(auto& end)
{
    Bytes all;
    std::byte part[100];
    for (size_t size; (size = end.take_outgoing(part)) != 0;)
        all.insert(all.end(), part, part + size);
    return all;
}

P256PrivateKey new_key() { return MUST(P256PrivateKey::generate()); }

Vector<std::byte> new_certificate(P256PrivateKey const& key)
{
    auto const value = bytes_of("what the extension says");
    return MUST(self_signed_certificate(key, { kIdentifier, value }));
}

struct Ends {
    P256PrivateKey key { new_key() };
    Vector<std::byte> certificate { new_certificate(key) };
    TlsServer server;
    Owned<TlsClient> client;

    explicit Ends(TlsServerOptions const& options = { .protocol = kProtocol }, bool is_pinned = true)
        : server(MUST(TlsServer::create(options)))
    {
        auto pinned = is_pinned ? std::optional(server.public_key()) : std::nullopt;
        client = MUST(TlsClient::create({ key, certificate.span() }, kProtocol, pinned));
    }

    // Until both are done or one fails; as the client sees it.
    Result<> shake_hands()
    {
        for (int turn = 0; turn < 10; ++turn) {
            auto ours = client->shake_hands();
            if (ours.is_error() && ours.error() != Errno::Eagain)
                return ours;
            server.put_incoming(all_outgoing(*client));
            auto theirs = server.shake_hands();
            client->put_incoming(all_outgoing(server));
            if (ours.is_ok() && theirs.is_ok())
                return {};
        }
        return Errno::Eloop;
    }
};

TEST(Certificate, holds_the_key_and_the_extension_and_is_signed_by_the_key)
{
    Ends ends;
    auto const* at = reinterpret_cast<uint8_t const*>(ends.certificate.data());
    bssl::UniquePtr<X509> parsed(d2i_X509(nullptr, &at, static_cast<long>(ends.certificate.size())));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(at, reinterpret_cast<uint8_t const*>(ends.certificate.end()));
    bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(parsed.get()));
    EXPECT_EQ(X509_verify(parsed.get(), key.get()), 1);
    EXPECT_EQ(X509_get_version(parsed.get()), X509_VERSION_3);
    uint8_t* der = nullptr;
    auto size = i2d_PUBKEY(key.get(), &der);
    auto info = MUST(ends.key.public_key_info());
    ASSERT_EQ(size, static_cast<int>(info.size()));
    EXPECT_EQ(memcmp(der, info.data(), info.size()), 0);
    OPENSSL_free(der);
    ASSERT_EQ(X509_get_ext_count(parsed.get()), 1);
    auto* extension = X509_get_ext(parsed.get(), 0);
    EXPECT_EQ(X509_EXTENSION_get_critical(extension), 0);
    char identifier[40];
    OBJ_obj2txt(identifier, sizeof(identifier), X509_EXTENSION_get_object(extension), 1);
    EXPECT_STREQ(identifier, "2.23.133.5.4.9");
    auto const* value = X509_EXTENSION_get_data(extension);
    EXPECT_EQ(std::string(reinterpret_cast<char const*>(ASN1_STRING_get0_data(value)),
                  static_cast<size_t>(ASN1_STRING_length(value))),
        "what the extension says");
}

TEST(TlsClient, shakes_hands_shows_its_certificate_and_passes_messages)
{
    for (bool is_pinned : { true, false }) {
        Ends ends({ .protocol = kProtocol }, is_pinned);
        ASSERT_TRUE(ends.shake_hands().is_ok());
        EXPECT_EQ(ends.server.version(), TLS1_3_VERSION);
        auto shown = std::as_bytes(ends.server.client_certificate());
        EXPECT_TRUE(std::ranges::equal(shown, ends.certificate.span()));
        auto message = bytes_of("request");
        EXPECT_EQ(MUST(ends.client->write(message)), message.size());
        ends.server.put_incoming(all_outgoing(*ends.client));
        Bytes received(100);
        EXPECT_EQ(MUST(ends.server.read(received)), message.size());
        EXPECT_EQ(MUST(ends.server.write(message)), message.size());
        ends.client->put_incoming(all_outgoing(ends.server));
        EXPECT_EQ(MUST(ends.client->read(received)), message.size());
        received.resize(message.size());
        EXPECT_EQ(received, message);
        EXPECT_EQ(ends.client->read(received).error(), Errno::Eagain);
    }
}

TEST(TlsClient, tells_a_proper_end_from_silence)
{
    Ends ends;
    ASSERT_TRUE(ends.shake_hands().is_ok());
    Bytes room(10);
    ends.client->put_incoming(all_outgoing(ends.server));
    EXPECT_EQ(ends.client->read(room).error(), Errno::Eagain);
    ends.server.end();
    ends.client->put_incoming(all_outgoing(ends.server));
    EXPECT_EQ(MUST(ends.client->read(room)), 0u);
    ends.client->end();
    ends.server.put_incoming(all_outgoing(*ends.client));
    EXPECT_EQ(MUST(ends.server.read(room)), 0u);
}

TEST(TlsClient, refuses_another_key_than_the_pinned_one)
{
    Ends ends, others;
    ends.client = MUST(TlsClient::create({ ends.key, ends.certificate.span() }, kProtocol, others.server.public_key()));
    EXPECT_EQ(ends.shake_hands().error(), Errno::Ekeyrejected);
    EXPECT_EQ(ends.client->shake_hands().error(), Errno::Ekeyrejected); // and stays so
}

TEST(TlsClient, refuses_older_versions_other_protocols_and_other_kinds_of_keys)
{
    EXPECT_EQ(Ends({ .version = TLS1_2_VERSION, .protocol = kProtocol }).shake_hands().error(), Errno::Eprotonosupport);
    EXPECT_EQ(Ends({ .protocol = "farl-other/1" }).shake_hands().error(), Errno::Eprotonosupport);
    EXPECT_EQ(Ends(TlsServerOptions {}).shake_hands().error(), Errno::Eprotonosupport);
    EXPECT_EQ(Ends({ .protocol = kProtocol, .has_p256_key = true }, false).shake_hands().error(), Errno::Eproto);
    EXPECT_EQ(Ends({ .protocol = kProtocol, .has_p256_key = true }, true).shake_hands().error(), Errno::Eproto);
}

TEST(TlsClient, refuses_a_protocol_name_that_does_not_fit)
{
    Ends ends;
    std::string const longest(255, 'x');
    auto create = [&](std::string_view protocol) {
        return TlsClient::create({ ends.key, ends.certificate.span() }, protocol, std::nullopt).is_ok();
    };
    EXPECT_TRUE(create(longest));
    EXPECT_FALSE(create(longest + "x"));
    EXPECT_FALSE(create(""));
}

// What the server says first: ServerHello to Finished.
struct FirstFlight : Ends {
    Bytes flight;

    FirstFlight()
    {
        EXPECT_EQ(client->shake_hands().error(), Errno::Eagain);
        server.put_incoming(all_outgoing(*client));
        EXPECT_EQ(server.shake_hands().error(), Errno::Eagain);
        flight = all_outgoing(server);
    }
};

TEST(TlsClient, gets_nowhere_with_a_handshake_that_is_cut_or_changed)
{
    size_t const size = FirstFlight().flight.size();
    ASSERT_GT(size, 500u);
    for (size_t cut = 0; cut < size; cut += 13) {
        FirstFlight ends;
        ends.client->put_incoming(std::span(ends.flight).first(std::min(cut, ends.flight.size() - 1)));
        ASSERT_EQ(ends.client->shake_hands().error(), Errno::Eagain) << cut;
    }
    for (size_t at = 0; at < size; at += 7) {
        FirstFlight ends;
        ends.flight[at % ends.flight.size()] ^= std::byte(1 << at % 8);
        ends.client->put_incoming(ends.flight);
        ASSERT_TRUE(ends.client->shake_hands().is_error()) << at;
    }
}

TEST(TlsClient, gets_nowhere_with_garbage)
{
    std::mt19937 random(1);
    for (int round = 0; round < 200; ++round) {
        Ends ends;
        EXPECT_EQ(ends.client->shake_hands().error(), Errno::Eagain);
        Bytes garbage(random() % 2000 + 5);
        for (auto& byte : garbage)
            byte = static_cast<std::byte>(random());
        if (round % 2) { // a plausible header
            garbage[0] = static_cast<std::byte>(20 + random() % 4);
            garbage[1] = garbage[2] = std::byte { 3 };
        }
        ends.client->put_incoming(garbage);
        for (int i = 0; i < 4; ++i)
            ASSERT_TRUE(ends.client->shake_hands().is_error()) << round;
    }
}

} // namespace
