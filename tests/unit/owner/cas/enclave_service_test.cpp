#include "owner/cas/enclave_service.h"

#include "abi/formats/admission.h"
#include "abi/formats/startup_config.h"
#include "abi/formats/volume_keeping.h"
#include "host/platform/emulator/quoting_chain.h"
#include "owner/cas/enclave_connection.h"
#include "owner/cas/frame.h"
#include "owner/cas/state_batches.h"
#include "owner/digest/digest.h"
#include "owner/policy/session_json.h"
#include "tests/support/audit_text.h"
#include "tests/support/hosted_enclave.h"
#include "tests/unit/owner/launch/temporary_directory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <mutex>
#include <openssl/core_names.h>
#include <sys/socket.h>
#include <thread>

namespace farl::owner {

namespace {

constexpr uint8_t kMachine = 1, kOtherMachine = 2; // their secrets
constexpr uint8_t kEnclave = 0x11;
constexpr uint32_t kMoment_s = 600; // that a test may take

std::string mrenclave(uint8_t value) { return to_hex(std::vector(32, std::byte { value })); }

std::string session_text()
{
    auto root = to_hex(host::quoting_root(hosted_enclave(kMachine, kEnclave).platform));
    auto service = [](std::string const& more) { return fmt::format("{{ argv: [ true ], {} }}\n", more); };
    auto ours = fmt::format("attestation: {{ mrenclave: [ {} ], emulated: [ {} ] }}", mrenclave(kEnclave), root);
    return "farl: 1\nname: shop\n"
           "secrets:\n  password: { kind: given, value: hunter2 }\n  key: { kind: generated, encoding: raw }\n"
           "  image-key: { kind: generated }\n"
           "  ca: { kind: authority, common_name: Shop, valid_days: 9 }\n"
           "  web: { kind: certificate, authority: ca, common_name: web, hosts: [ web ], valid_days: 9 }\n"
           "services:\n"
           "  front:\n    argv: [ python3, -c, { secret: password } ]\n    working_directory: /srv\n"
           "    environment: { LANG: C, PASSWORD: { secret: password } }\n"
           "    files: { /etc/b: { content: { secret: key }, mode: \"0600\" }, /etc/a: { content: x } }\n    "
        + ours + "\n  hardware: " + service(fmt::format("attestation: {{ mrenclave: [ {} ] }}", mrenclave(kEnclave)))
        + "  volumes: " + service("volumes: { data: { path: /data } }, " + ours)
        + "  volume-once: " + service("starts: 1, volumes: { data: { path: /data } }, " + ours)
        + "  once: " + service("starts: 1, " + ours) + "  image: "
        + service("image: { key: { secret: image-key }, tag: 00112233445566778899aabbccddeeff }, "
                  "user: { uid: 999, gid: 998, groups: [ 40, 41 ] }, "
            + ours)
        + "  bad-image: "
        + service("image: { key: { secret: password }, tag: 00112233445566778899aabbccddeeff }, " + ours) + "  tls: "
        + service("network: { udp: plain, listen: [ { port: 443, mode: tls-server, certificate: web } ], connect: [ "
                  "{ host: db, port: 1, mode: tls-client, authority: ca, protocol: shop/db }, "
                  "{ address: 10.0.0.0/8, port: any, mode: plain } ] }, "
            + ours);
}

// What came back at each side.
struct Outcome {
    ByteVector answer;
    std::string client, server; // what failed there

    std::string reason() const
    {
        auto denial = formats::parse_denial(answer);
        return denial.is_ok() ? std::string(denial.value().reason) : client.empty() ? "let in" : client;
    }
};

class EnclaveServiceTest : public testing::Test {
protected:
    EnclaveServiceTest() { store_.put(Secret(session_text()), {}, {}); }

    // `use` has the client's end.
    template <typename Use>
    Outcome connect(Use const& use, EnclaveTimes const& times = {})
    {
        Outcome outcome;
        int ends[2];
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        std::thread server([&] {
            try {
                serve_enclave(context_, service_, FileDescriptor(ends[0]), "192.0.2.1", times);
            } catch (TlsFailure const& failure) {
                outcome.server = failure.what();
            }
        });
        FileDescriptor client(ends[1]);
        try {
            outcome.answer = use(client.get());
        } catch (std::runtime_error const& error) {
            outcome.client = error.what();
        }
        client = {};
        server.join();
        return outcome;
    }

    Outcome ask(ShownCertificate const& shown, std::string_view service = "shop/front")
    {
        return connect([&](int socket) { return ask_cas(socket, shown, service); });
    }
    Outcome ask(HostedEnclave const& enclave, std::string_view service = "shop/front")
    {
        return ask(attested_certificate(enclave), service);
    }

    std::string log() const
    {
        auto text = audit_text(store_);
        verify_audit(text);
        return text;
    }

    TemporaryDirectory directory_;
    Store store_ { directory_.path() + "/cas.db", MasterKey::generate() };
    Admission admission_ { store_, { .burst = 1000, .per_second = 1 } };
    std::mutex deciding_;
    StateBatches states_ { deciding_, [this](std::span<ToldState const> told) { return admission_.keep_all(told); } };
    CollateralCache collateral_ { "" };
    EnclaveService service_ { collateral_,
        [this](AdmissionRequest const& request) {
            std::lock_guard guard(deciding_);
            return admission_.decide(request, {});
        },
        [this](ToldState const& told) { return states_.keep(told); } };
    TlsContext context_ { TlsContext::Side::Server, Ed25519Key::generate(), kEnclaveProtocol,
        TlsContext::AnyCertificate() };
    HostedEnclave ours_ { hosted_enclave(kMachine, kEnclave) };
};

} // namespace

TEST_F(EnclaveServiceTest, gives_an_enclave_what_its_session_says)
{
    auto outcome = ask(ours_);
    ASSERT_EQ(outcome.reason(), "let in") << outcome.server;
    auto config = MUST(formats::StartupConfig::parse(outcome.answer));
    std::vector<std::string> texts;
    for (auto text : config.arguments())
        texts.emplace_back(text);
    for (auto text : config.environment())
        texts.emplace_back(text);
    EXPECT_EQ(texts, (std::vector<std::string> { "python3", "-c", "hunter2", "LANG=C", "PASSWORD=hunter2" }));
    EXPECT_EQ(config.working_directory(), "/srv");
    std::vector<std::string> files;
    for (auto file : config.files())
        files.push_back(fmt::format("{} {:o} {}", file.path, file.mode, file.content.size()));
    EXPECT_EQ(files, (std::vector<std::string> { "/etc/a 400 1", "/etc/b 600 32" }));
    EXPECT_TRUE(config.console_key().empty());
}

TEST_F(EnclaveServiceTest, gives_the_user_of_a_service_with_an_image)
{
    auto outcome = ask(ours_, "shop/image");
    ASSERT_EQ(outcome.reason(), "let in") << outcome.server;
    auto config = MUST(formats::StartupConfig::parse(outcome.answer));
    EXPECT_EQ(config.image().size(), sizeof(formats::ImageAccess));
    EXPECT_EQ(config.user().uid, 999u);
    EXPECT_EQ(config.user().gid, 998u);
    ASSERT_EQ(config.supplementary_group_count(), 2u);
    EXPECT_EQ(config.supplementary_group(1), 41u);
}

TEST_F(EnclaveServiceTest, gives_network_rules_with_their_certificates)
{
    auto const outcome = ask(ours_, "shop/tls");
    auto config = MUST(formats::StartupConfig::parse(outcome.answer));
    ASSERT_TRUE(config.has_network());
    EXPECT_EQ(config.network().flags, formats::kNetworkPlainUdp);
    std::vector<formats::NetworkRule> rules;
    for (auto payload : config.credentials().network_rules())
        rules.push_back(formats::as_network_rule(payload));
    ASSERT_EQ(rules.size(), 3u);
    constexpr std::string_view kPem = "-----BEGIN ";
    EXPECT_EQ(rules[0].header.direction, formats::NetworkDirection::Listen);
    EXPECT_EQ(rules[0].header.port, 443);
    EXPECT_TRUE(rules[0].certificate.starts_with(kPem) && rules[0].key.starts_with(kPem));
    EXPECT_TRUE(rules[0].authority.empty());
    EXPECT_EQ(rules[1].header.mode, formats::NetworkRuleMode::Tls);
    EXPECT_EQ(rules[1].host, "db");
    EXPECT_EQ(rules[1].names, "db");
    EXPECT_EQ(rules[1].protocol, "shop/db");
    EXPECT_TRUE(rules[1].key.empty());
    EXPECT_TRUE(rules[1].authority.starts_with(kPem));
    EXPECT_EQ(rules[2].header.mode, formats::NetworkRuleMode::Plain);
    EXPECT_EQ(rules[2].header.prefix_bits, 8);
    EXPECT_EQ(rules[2].header.address[0], 10);
    EXPECT_EQ(rules[2].header.port, 0);
    EXPECT_EQ(config.credentials().ticket_keys().size(), 3 * formats::kTicketKeySize);
    EXPECT_NEAR(config.credentials().due_seconds(), 12 * 3600u, kMoment_s) << "ticket keys are due before certificates";
}

TEST_F(EnclaveServiceTest, gives_newer_credentials_to_an_enclave_that_shows_what_its_session_asks_for_again)
{
    auto const renew = [&](HostedEnclave const& enclave, std::string_view service) {
        ByteVector request(formats::request_size(service));
        formats::write_request(request, service, formats::kRenewal);
        return connect([&](int socket) { return ask_cas_with(socket, attested_certificate(enclave), request); });
    };
    auto const first = ask(ours_, "shop/tls"), later = renew(ours_, "shop/tls");
    auto const config = MUST(formats::StartupConfig::parse(first.answer));
    auto const credentials = MUST(formats::Credentials::parse(later.answer));
    EXPECT_TRUE(std::ranges::equal(credentials.ticket_keys(), config.credentials().ticket_keys()));
    EXPECT_NEAR(credentials.due_seconds(), 12 * 3600u, kMoment_s) << "the keys were made for the first one";
    size_t count = 0;
    for (auto payload : credentials.network_rules())
        count += !payload.empty();
    EXPECT_EQ(count, 3u);

    EXPECT_EQ(renew(hosted_enclave(kMachine, 0x12), "shop/tls").reason(), "wrong-enclave");
    EXPECT_EQ(ask(ours_, "shop/once").reason(), "let in");
    auto const nothing = renew(ours_, "shop/once");
    EXPECT_EQ(MUST(formats::Credentials::parse(nothing.answer)).due_seconds(), 0u)
        << "no start, and nothing to ask for again";
    EXPECT_EQ(renew(ours_, "shop/volumes").reason(), "let in");
    EXPECT_TRUE(store_.volumes().of_session("shop").empty()) << "no volume is taken";
    auto const text = log();
    EXPECT_NE(text.find(R"("event":"credentials given")"), text.npos);
    EXPECT_NE(text.find(R"("event":"renewal denied")"), text.npos);
}

TEST_F(EnclaveServiceTest, denies_what_the_session_does_not_accept)
{
    EXPECT_EQ(ask(hosted_enclave(kMachine, 0x12)).reason(), "wrong-enclave");
    EXPECT_EQ(ask(hosted_enclave(kMachine, kEnclave, true)).reason(), "debug-enclave");
    EXPECT_EQ(ask(ours_, "shop/hardware").reason(), "emulator-not-tolerated");
    EXPECT_EQ(ask(ours_, "shop/bad-image").reason(), "not-supported");
    auto text = log();
    for (auto reason : { "wrong-enclave", "debug-enclave", "emulator-not-tolerated", "not-supported" })
        EXPECT_NE(text.find(fmt::format(R"("reason":"{}")", reason)), text.npos) << reason;
    EXPECT_EQ(text.find("hunter2"), text.npos);
}

TEST_F(EnclaveServiceTest, tells_no_difference_between_sessions_and_services_that_are_not_there)
{
    auto no_session = ask(ours_, "absent/front"), no_service = ask(ours_, "shop/absent"), no_slash = ask(ours_, "shop");
    EXPECT_EQ(no_session.reason(), "no-such-service");
    EXPECT_EQ(no_session.answer, no_service.answer);
    EXPECT_EQ(no_session.answer, no_slash.answer);
}

// Cloning: the host starts a second instance, with the same right to be let in.
TEST_F(EnclaveServiceTest, lets_a_service_start_as_often_as_its_session_says)
{
    EXPECT_EQ(ask(hosted_enclave(kMachine, 0x12), "shop/once").reason(), "wrong-enclave") << "that counts for nothing";
    EXPECT_EQ(ask(ours_, "shop/once").reason(), "let in");
    EXPECT_EQ(ask(ours_, "shop/once").reason(), "started-already");
    EXPECT_EQ(ask(ours_, "shop/front").reason(), "let in") << "others are not counted";

    auto again = store_.session("shop");
    EXPECT_FALSE(store_.take_start(*again, "once", 1));
    EXPECT_TRUE(store_.take_start(*again, "once", 2)) << "counted in the store, which outlives the process";
    auto predecessor = to_hex(session_hash(again->session));
    store_.put(Secret(session_text() + "predecessor: " + predecessor + "\n"), {}, {});
    EXPECT_EQ(ask(ours_, "shop/once").reason(), "let in") << "a new version counts anew";
    EXPECT_EQ(ask(ours_, "shop/once").reason(), "started-already");
}

// On one connection, and on another one, by the same key.
TEST_F(EnclaveServiceTest, keeps_states_of_volumes_for_the_enclave_that_it_let_in)
{
    auto keep = [](uint64_t sequence, bool is_last = false) {
        formats::KeepRequest const request {
            .service = "shop/volumes", .volume = "data", .sequence = sequence, .tag = {}, .is_last = is_last
        };
        ByteVector block(formats::keep_request_size(request));
        formats::write_keep_request(block, request);
        return block;
    };
    ByteVector start(formats::request_size("shop/volumes"));
    formats::write_request(start, "shop/volumes");

    auto const shown = attested_certificate(ours_);
    std::vector<ByteVector> answers;
    auto converse = [&](ShownCertificate const& certificate, std::vector<ByteVector> const& requests) {
        return connect([&](int socket) {
            answers = talk_to_cas(socket, certificate, requests);
            return answers.back();
        });
    };
    auto outcome = converse(shown, { start, keep(1), keep(2) });
    ASSERT_EQ(outcome.client + outcome.server, "");
    auto config = MUST(formats::StartupConfig::parse(answers[0]));
    EXPECT_EQ(config.volume_lease_seconds(), 30u);
    auto const volume = *config.volumes().begin();
    EXPECT_EQ(volume.name, "data");
    EXPECT_EQ(volume.path, "/data");
    EXPECT_EQ(volume.sequence, 0u);
    EXPECT_EQ(MUST(formats::parse_kept(answers[1])), 30u);
    EXPECT_EQ(MUST(formats::parse_kept(answers[2])), 30u);

    auto const other = attested_certificate(ours_);
    EXPECT_EQ(converse(other, { start }).reason(), "volume-in-use");
    EXPECT_EQ(converse(other, { keep(3) }).reason(), "lease-lost");
    EXPECT_EQ(converse(shown, { keep(1) }).reason(), "older-state");
    EXPECT_EQ(converse(shown, { keep(4), keep(5, true) }).reason(), "let in");
    EXPECT_EQ(MUST(formats::parse_kept(answers[1])), 0u);
    EXPECT_EQ(converse(shown, { keep(6) }).reason(), "lease-lost");

    EXPECT_EQ(converse(other, { start }).reason(), "let in");
    auto again = MUST(formats::StartupConfig::parse(answers[0]));
    EXPECT_EQ((*again.volumes().begin()).sequence, 5u);
}

TEST_F(EnclaveServiceTest, takes_no_volume_for_an_enclave_that_it_does_not_let_in)
{
    EXPECT_EQ(ask(hosted_enclave(kMachine, 0x12), "shop/volumes").reason(), "wrong-enclave");
    EXPECT_TRUE(store_.volumes().of_session("shop").empty());
    EXPECT_EQ(ask(ours_, "shop/volume-once").reason(), "let in");
    store_.volumes().break_lease("shop", "data", {});
    EXPECT_EQ(ask(ours_, "shop/volume-once").reason(), "started-already");
    EXPECT_EQ(ask(ours_, "shop/volumes").reason(), "let in") << "the lease was given back";
}

TEST_F(EnclaveServiceTest, denies_a_man_in_the_middle_with_a_valid_quote_of_another_emulator)
{
    EXPECT_EQ(ask(hosted_enclave(kOtherMachine, kEnclave)).reason(), "emulator-not-tolerated");
}

TEST_F(EnclaveServiceTest, denies_evidence_of_another_connection)
{
    auto victim = new_p256_key();
    auto claims = claims_for(victim.get());
    auto quote = quote_from(ours_, report_data_for(claims));

    auto replayed = certificate_with(new_p256_key(), { evidence_with(quote, claims) });
    EXPECT_EQ(ask(replayed).reason(), "malformed-evidence") << "its claims name another key";

    auto thief = new_p256_key();
    auto own_claims = claims_for(thief.get());
    auto rewritten = certificate_with(std::move(thief), { evidence_with(quote, own_claims) });
    EXPECT_EQ(ask(rewritten).reason(), "not-bound") << "its quote binds other claims";
}

// With the certificate of another enclave as it is, its key has to be there as well.
TEST_F(EnclaveServiceTest, denies_a_replayed_certificate_without_its_key)
{
    auto victim = attested_certificate(ours_);
    auto other = new_p256_key();
    OSSL_PARAM* parameters = nullptr;
    ASSERT_EQ(EVP_PKEY_todata(other.get(), EVP_PKEY_KEYPAIR, &parameters), 1);
    std::array<unsigned char, 65> point;
    size_t size = 0;
    ASSERT_EQ(
        EVP_PKEY_get_octet_string_param(victim.key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size),
        1);
    // OpenSSL compares the public keys only.
    OSSL_PARAM_set_octet_string(OSSL_PARAM_locate(parameters, OSSL_PKEY_PARAM_PUB_KEY), point.data(), size);
    OpenSsl<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* mixed = nullptr;
    EVP_PKEY_fromdata_init(context.get());
    ASSERT_EQ(EVP_PKEY_fromdata(context.get(), &mixed, EVP_PKEY_KEYPAIR, parameters), 1);
    OSSL_PARAM_free(parameters);

    victim.key.reset(mixed);
    auto outcome = ask(victim);
    EXPECT_TRUE(outcome.answer.empty());
    EXPECT_FALSE(outcome.server.empty());
    EXPECT_EQ(verify_audit(log()).entries, 1u) << "there is no verdict on who is not known";
}

// What was on the wire of a connection that was let in, sent once more.
TEST_F(EnclaveServiceTest, has_no_answer_for_an_old_transcript)
{
    ByteVector sent;
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    auto relay = [&](int server) {
        auto pass = [](int from, int to, ByteVector* copy) {
            std::array<std::byte, 4096> buffer;
            for (ssize_t count; (count = read(from, buffer.data(), buffer.size())) > 0;) {
                if (copy)
                    copy->insert(copy->end(), buffer.begin(), buffer.begin() + count);
                if (write(to, buffer.data(), static_cast<size_t>(count)) != count)
                    break;
            }
            shutdown(to, SHUT_WR);
        };
        std::thread back([&] { pass(server, ends[0], nullptr); });
        pass(ends[0], server, &sent);
        back.join();
        return ByteVector();
    };
    std::string failure;
    std::thread client([&] {
        FileDescriptor socket(ends[1]);
        try {
            ask_cas(socket.get(), attested_certificate(ours_), "shop/front");
        } catch (std::runtime_error const& error) {
            failure = error.what();
        }
    });
    auto first = connect(relay);
    client.join();
    close(ends[0]);
    ASSERT_EQ(failure + first.server, "");

    auto again = connect([&](int server) {
        EXPECT_EQ(write(server, sent.data(), sent.size()), static_cast<ssize_t>(sent.size()));
        shutdown(server, SHUT_WR);
        return ByteVector();
    });
    EXPECT_NE(again.server, "");
    EXPECT_EQ(verify_audit(log()).entries, 2u) << "the session, and one enclave";
}

TEST_F(EnclaveServiceTest, denies_certificates_without_evidence_with_two_and_with_quotes_that_are_none)
{
    EXPECT_EQ(ask(certificate_with(new_p256_key(), {})).reason(), "malformed-evidence");

    auto key = new_p256_key();
    auto claims = claims_for(key.get());
    auto evidence = evidence_with(quote_from(ours_, report_data_for(claims)), claims);
    auto twice = certificate_with(std::move(key), { evidence, evidence });
    EXPECT_EQ(ask(twice).reason(), "malformed-evidence");

    key = new_p256_key();
    claims = claims_for(key.get());
    auto none = certificate_with(std::move(key), { evidence_with(ByteVector(100), claims) });
    EXPECT_EQ(ask(none).reason(), "not-genuine");
}

// Of all but the quote, each bit of which is tested on its own.
TEST_F(EnclaveServiceTest, denies_evidence_with_any_byte_changed_or_missing)
{
    auto make = [&](auto change) {
        auto key = new_p256_key();
        auto claims = claims_for(key.get());
        auto quote = quote_from(ours_, report_data_for(claims));
        auto evidence = evidence_with(quote, claims);
        change(evidence, evidence.size() - claims.size() - 2); // where the quote ends
        auto shown = certificate_with(std::move(key), { evidence });
        ByteVector request(formats::request_size("shop/front"));
        formats::write_request(request, "shop/front");
        auto answer = service_.answer(shown.certificate.get(), request, "192.0.2.1");
        return formats::is_denial(std::as_bytes(answer.block.readable()));
    };
    EXPECT_FALSE(make([](auto&, size_t) {}));
    constexpr size_t kHead = 7, kTail = 62; // before and after the quote
    for (size_t i = 0; i < kHead; ++i)
        EXPECT_TRUE(make([&](auto& evidence, size_t) { evidence[i] ^= std::byte { 1 }; })) << i;
    for (size_t i = 0; i < kTail; ++i)
        EXPECT_TRUE(make([&](auto& evidence, size_t end) {
            if (end + i < evidence.size())
                evidence[end + i] ^= std::byte { 4 };
            else
                evidence.push_back({});
        })) << i;
    EXPECT_TRUE(make([&](auto& evidence, size_t) { evidence.pop_back(); }));
    EXPECT_TRUE(make([&](auto& evidence, size_t) { evidence.clear(); }));
}

TEST_F(EnclaveServiceTest, has_no_answer_for_garbage_and_for_requests_that_are_too_large)
{
    auto garbage = connect([](int socket) {
        std::string const text = "GET / HTTP/1.1\r\nHost: cas\r\n\r\n";
        EXPECT_EQ(write(socket, text.data(), text.size()), static_cast<ssize_t>(text.size()));
        char byte;
        while (read(socket, &byte, 1) > 0) { }
        return ByteVector();
    });
    EXPECT_FALSE(garbage.server.empty());

    auto shown = attested_certificate(ours_);
    auto ask_with = [&](ByteVector const& request) {
        return connect([&](int socket) { return ask_cas_with(socket, shown, request); });
    };
    EXPECT_EQ(ask_with(ByteVector(5000)).server, "the message is too large");
    EXPECT_EQ(ask_with(ByteVector(100)).reason(), "malformed-request");
    EXPECT_EQ(ask_with({}).reason(), "malformed-request");
}

TEST_F(EnclaveServiceTest, waits_for_slow_clients_no_longer_than_it_has_to)
{
    auto wait_for_end = [](int socket) {
        char byte;
        while (read(socket, &byte, 1) > 0) { }
        return ByteVector();
    };
    EnclaveTimes const times { .handshake = std::chrono::milliseconds(50), .request = std::chrono::milliseconds(50) };
    EXPECT_EQ(connect(wait_for_end, times).server, "the other side took too long");
}

TEST_F(EnclaveServiceTest, answers_many_at_once)
{
    constexpr int kCount = 16;
    std::vector<std::thread> threads;
    std::array<std::string, kCount> reasons;
    for (int i = 0; i < kCount; ++i)
        threads.emplace_back([&, i] { reasons[static_cast<size_t>(i)] = ask(ours_).reason(); });
    for (auto& thread : threads)
        thread.join();
    for (auto const& reason : reasons)
        EXPECT_EQ(reason, "let in");
    EXPECT_EQ(verify_audit(log()).entries, kCount + 1u);
}

} // namespace farl::owner
