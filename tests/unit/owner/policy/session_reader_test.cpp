#include "owner/policy/session_reader.h"

#include "owner/digest/digest.h"
#include "owner/policy/session_json.h"
#include "owner/quote/verifier.h"
#include "tests/unit/owner/policy/sample_session.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

std::string with(std::string_view from, std::string_view to)
{
    auto text = kSampleSession;
    auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
}

// "LINE:COLUMN: message", or nothing for a good text.
std::string error_of(std::string const& text)
{
    try {
        (void)parse_session(text);
        return "";
    } catch (PolicyError const& error) {
        return fmt::format("{}:{}: {}", error.position().line, error.position().column, error.what());
    }
}

void expect_error(std::string const& text, std::string_view part)
{
    auto error = error_of(text);
    EXPECT_NE(error.find(part), error.npos) << "expected: " << part << "\nfound: " << error;
}

// The smallest session, with `more` lines for its only service.
std::string small(std::string_view more = "", std::string_view secrets = "")
{
    return fmt::format(
        "farl: 1\nname: small\nsecrets: {{{}}}\nservices:\n  only:\n    argv: [ true ]\n"
        "    attestation: {{ emulated: any, signer: {{ mrsigner: {:064x}, product: 0, minimum_svn: 0 }} }}\n{}",
        secrets, 7, more);
}

} // namespace

TEST(SessionReader, reads_each_part)
{
    auto session = parse_session(kSampleSession);
    EXPECT_EQ(session.name, "shop");
    EXPECT_FALSE(session.predecessor);
    EXPECT_EQ(session.approvals.needed, 2u);
    EXPECT_EQ(to_hex(session.approvals.keys.at("bob")), std::string(64, '2'));
    EXPECT_EQ(std::get<GivenSecret>(session.secrets.at("password").source).value.reveal(), kGivenSecret);
    EXPECT_EQ(std::get<GeneratedSecret>(session.secrets.at("token").source).size, 24u);
    EXPECT_TRUE(session.secrets.at("token").exports.contains(Export { .session = "statistics", .owner = {} }));
    EXPECT_EQ(std::get<CertificateSecret>(session.secrets.at("web").source).authority, "ca");
    EXPECT_EQ(std::get<ImportedSecret>(session.secrets.at("mail").source).secret, "smtp-password");

    auto const& front = session.services.at("front");
    EXPECT_EQ(std::get<std::string>(front.argv.at(2)), "/etc/nginx.conf");
    EXPECT_EQ(std::get<SecretReference>(front.environment.at("TOKEN")).secret, "token");
    EXPECT_EQ(front.working_directory, "/srv");
    EXPECT_EQ(front.files.at("/etc/nginx.conf").mode, 0444u);
    EXPECT_EQ(std::get<SecretReference>(front.files.at("/etc/tls/key.pem").content).part, SecretPart::Key);
    EXPECT_EQ(front.console, ConsoleMode::Shielded);
    EXPECT_EQ(front.user->uid, 999u);
    EXPECT_EQ(front.user->gid, 998u);
    EXPECT_EQ(front.user->groups, (std::vector<uint32_t> { 4, 20 }));
    EXPECT_FALSE(session.services.at("database").user);
    EXPECT_EQ(front.starts, 1u);
    EXPECT_EQ(session.services.at("database").starts, std::nullopt);
    EXPECT_EQ(session.services.at("database").console, ConsoleMode::Plain);
    EXPECT_EQ(front.volumes.at("uploads").rollback, Rollback::Lazy);
    EXPECT_EQ(front.listen.at(1).mode, NetworkMode::Refuse);
    EXPECT_EQ(front.connect.at(0).host, "db.example");
    EXPECT_EQ(front.attestation.tcb.size(), 2u);
    EXPECT_EQ(front.attestation.platforms.size(), 1u);
    EXPECT_FALSE(front.attestation.emulated.any);

    auto const& rule = session.services.at("database").attestation;
    EXPECT_EQ(rule.signer->minimum_svn, 3);
    EXPECT_TRUE(rule.emulated.any);
    EXPECT_EQ(rule.tcb, Tolerance {}.tcb);
}

TEST(SessionReader, tells_where_an_unknown_key_stands_and_what_was_meant)
{
    EXPECT_EQ(error_of(with("working_directory:", "workin_directory:")),
        "22:5: unknown key in a service; is it meant to be `working_directory`?");
    expect_error(with("farl: 1\n", "farl: 1\ncolour: red\n"), "3:1: unknown key in a session; it may have: farl, name");
    expect_error(with("product: 1,", "product: 1, extra: 2,"), "unknown key in a signer; it may have: mrsigner");
    // A key that is known elsewhere only.
    expect_error(with("kind: given,", "kind: given, size: 3,"), "11:");
    expect_error(with("kind: given,", "kind: given, size: 3,"), "unknown key in a secret");
}

TEST(SessionReader, tells_what_a_wrong_type_should_be)
{
    expect_error(with("port: 443", "port: '443'"), "30:19: expected a number from 1 to 65535, without quotes");
    expect_error(with("port: 443", "port: 65536"), "30:19: expected a number from 1 to 65535");
    expect_error(with("port: 443", "port: 0443"), "expected a number");
    expect_error(
        with("argv: [ postgres ]", "argv: postgres"), "expected a list of arguments, the program first, not empty");
    expect_error(with("argv: [ postgres ]", "argv: []"), "not empty");
    expect_error(with("LANG: C", "LANG: [ C ]"), "expected a text, found a list");
    expect_error(with("LANG: C", "LANG:"), "an empty text is written \"\"");
    expect_error(with("LANG: C", "LANG: \"a\\0b\""), "NUL");
    expect_error(with("mode: 0444", "mode: 444"), "four octal digits");
    expect_error(with("mode: 0444", "mode: 0948"), "four octal digits");
    expect_error(with("mode: tls-server", "mode: tls"), "expected one of: tls-server, tls-client, plain, refuse");
    expect_error(
        with("kind: given", "kind: found"), "expected one of: given, generated, authority, certificate, imported");
    expect_error(with("[ 0001", "[ 00"), "PPID): 32 hexadecimal digits");
    expect_error(with("path: /srv/uploads", "path: /srv/../etc"), "absolute path");
    expect_error(with("/etc/nginx.conf: {", "etc/nginx.conf: {"), "absolute path");
    expect_error(with("name: shop", "name: /shop"), "expected a name");
    expect_error(with("emulated: any", "emulated: true"), "expected `any`, or a list");
    expect_error(with("emulated: any", "insecure_debug: 'true'"), "expected true or false");
    expect_error(with("services:", "services: all\nmore:"), "expected a mapping from names to services");
    expect_error(with("farl: 1", "farl: 2"), "version 1 of session files only");
}

TEST(SessionReader, refuses_yaml_beyond_what_it_needs)
{
    expect_error("", "the file is empty");
    expect_error("farl: 1\n---\nfarl: 1\n", "a second document");
    expect_error(with("LANG: C", "LANG: &language C"), "anchors are not allowed");
    expect_error(with("LANG: C", "LANG: *language"), "aliases are not allowed");
    expect_error(with("LANG: C", "LANG: !!str C"), "tags are not allowed");
    expect_error(with("LANG: C", "LANG: C\n      LANG: D"), "21:7: this key is already given");
    expect_error(with("LANG: C", "LANG: C: D"), "not YAML");
    expect_error(with("LANG: C", "[ LANG ]: C"), "a key has to be a word");
    expect_error(with("LANG: C", "LANG: \xff"), "not YAML in UTF-8");
    expect_error(std::string(1000, '[') + std::string(1000, ']'), "nested deeper");
    expect_error(std::string(kLargestPolicy + 1, ' '), "larger than");
}

TEST(SessionReader, takes_a_user_with_an_image_only_and_no_id_that_is_nobodys)
{
    auto const image = "    image: { key: { secret: k }, tag: 000102030405060708090a0b0c0d0e0f }\n";
    auto of = [&](std::string const& user) {
        return small(image + std::string("    user: ") + user + "\n", "k: { kind: generated }");
    };
    EXPECT_EQ(error_of(of("{ uid: 0, gid: 4294967294 }")), "");
    expect_error(of("{ uid: 4294967295, gid: 0 }"), "4294967294");
    expect_error(of("{ uid: 1 }"), "gid");
    expect_error(of("{ uid: 1, gid: 1, groups: [ x ] }"), "number");
    expect_error(small("    user: { uid: 1, gid: 1 }\n"), "only a service with an image");
}

TEST(SessionReader, requires_that_references_lead_somewhere)
{
    expect_error(
        with("TOKEN: { secret: token }", "TOKEN: { secret: other }"), "21:24: there is no secret of this name");
    expect_error(
        with("authority: ca, common", "authority: token, common"), "14:40: this secret is no certificate authority");
    expect_error(with("certificate: web }", "certificate: ca }"), "30:55: this secret is no certificate");
    expect_error(with("web, part: key", "web"), "which part of the certificate?");
    expect_error(with("secret: web, part: key", "secret: ca, part: key"), "its key stays at the CAS");
    expect_error(with("{ secret: token }", "{ secret: token, part: key }"), "has no parts");
    expect_error(with("base64", "raw"), "NUL characters, which only a file can hold");
    expect_error(with("port: 80, ", "port: 443, "), "a rule for this place already");
    expect_error(with("mode: tls-client", "mode: tls-server"), "who connects is the client");
    expect_error(with("tls-server, certificate: web }", "tls-server }"), "`certificate` is missing");
    expect_error(with("mode: refuse }", "mode: refuse, certificate: web }"), "there is no TLS with this mode");
    expect_error(with(", authority: ca }\n    image", " }\n    image"), "`authority` is missing");
    expect_error(with("host: db.example, ", ""), "`host` or `address` is missing");
    expect_error(with("host: db.example, ", "address: 10.0.0.0/8, "), "`host` or `names` is missing");
    expect_error(with("host: db.example, ", "address: 10.0.0.1/8, "), "no bits set behind the prefix");
    expect_error(with("host: db.example, ", "host: -db.example, "), "expected a host name, such as db.example");
    expect_error(with("host: db.example, ", "host: 10.1, "), "expected a host name, such as db.example");
    expect_error(with("certificate: web }", "certificate: web, names: [ a ] }"), "`authority` is missing: whose names");
    expect_error(small("    network: { udp: yes }\n"), "expected one of: refuse, plain");
    expect_error(small("    volumes: { a: { path: /v }, b: { path: /v } }\n"), "another volume has this path");
    expect_error(small("    volumes: { b: { path: /v }, a: { path: /v/w } }\n"), "one that leads through it");
    expect_error(small("    volumes: { a: { path: / } }\n"), "cannot be the root directory");
}

TEST(SessionReader, reads_how_long_certificates_live_in_days_or_in_any_unit)
{
    auto const lifetime = [](std::string const& how) {
        auto session = parse_session(small("", "ca: { kind: authority, common_name: CA, " + how + " }"));
        return std::get<AuthoritySecret>(session.secrets.at("ca").source).lifetime;
    };
    EXPECT_EQ(lifetime("valid_days: 2"), std::chrono::hours(48));
    EXPECT_EQ(lifetime("lifetime: 90s"), std::chrono::seconds(90));
    EXPECT_EQ(lifetime("lifetime: 15m"), std::chrono::minutes(15));
    EXPECT_EQ(lifetime("lifetime: 36525d"), std::chrono::days(36525));
    for (auto const* wrong :
        { "0s", "5", "s", "12 h", "-1s", "36526d", "99999999999999999999s", "1w", "1.5h", "\"\"" }) {
        auto const text = small("", fmt::format("ca: {{ kind: authority, common_name: CA, lifetime: {} }}", wrong));
        expect_error(text, "expected a time: a whole number and s, m, h or d");
    }
    expect_error(small("", "ca: { kind: authority, common_name: CA }"), "`valid_days` is missing");
    expect_error(
        small("", "ca: { kind: authority, common_name: CA, valid_days: 1, lifetime: 1d }"), "leave one of them");
}

TEST(SessionReader, hashes_whole_days_alike_however_they_are_written)
{
    auto const hash = [](std::string const& how) {
        return session_hash(parse_session(small("", "ca: { kind: authority, common_name: CA, " + how + " }")));
    };
    EXPECT_EQ(hash("valid_days: 1"), hash("lifetime: 24h"));
    EXPECT_EQ(hash("lifetime: 90s"), hash("lifetime: 90s"));
    EXPECT_NE(hash("lifetime: 90s"), hash("lifetime: 91s"));
}

TEST(SessionReader, tells_rules_of_one_port_apart_by_their_hosts)
{
    auto const connect = [](std::string const& first, std::string const& second) {
        return small("    network: { connect: [ { " + first + ", mode: plain }, { " + second + ", mode: plain } ] }\n");
    };
    for (auto const* other :
        { "host: log.shop, port: 1", "host: db.shop, port: any", "host: db.shop, address: 10.0.0.1, port: 1" })
        EXPECT_EQ(parse_session(connect("host: db.shop, port: 1", other)).services.at("only").connect.size(), 2u)
            << other;
    expect_error(connect("host: db.shop, port: 1", "host: DB.shop, port: 1"), "a rule for this place already");
    expect_error(connect("host: 10.0.0.1, port: 1", "address: 10.0.0.1/32, port: 1"), "a rule for this place already");
}

TEST(SessionReader, reads_network_rules_with_all_they_may_have)
{
    auto session =
        parse_session(small("    network:\n      unix: plain\n      listen:\n"
                            "        - { port: any, address: \"::1\", mode: tls-server, certificate: { file: /c, key: "
                            "/k }, authority: ca,\n"
                            "            names: [ a, b ], protocol: shop/web, tls12: true }\n"
                            "      connect:\n        - { host: 192.0.2.1, port: 1, mode: tls-client, authority: ca }\n",
            "ca: { kind: given, value: PEM }"));
    auto const& service = session.services.at("only");
    auto const& rule = service.listen.at(0);
    EXPECT_EQ(rule.port, 0);
    EXPECT_EQ(rule.address.value().text(), "::1/128");
    EXPECT_EQ(rule.files.value().certificate, "/c");
    EXPECT_EQ(rule.files.value().key, "/k");
    EXPECT_EQ(rule.names, (std::vector<std::string> { "a", "b" }));
    EXPECT_EQ(rule.protocol, "shop/web");
    EXPECT_TRUE(rule.allows_tls12);
    EXPECT_EQ(service.connect.at(0).address.value().text(), "192.0.2.1/32");
    EXPECT_EQ(service.unix_sockets, OtherSockets::Plain);
    EXPECT_FALSE(service.udp);
}

TEST(SessionReader, requires_an_identity_and_never_tolerates_revoked_platforms)
{
    expect_error(with("      signer: {", "      #signer: {"), "any enclave would do");
    expect_error(with("[ UpToDate,", "[ Revoked,"), "cannot be tolerated");
    expect_error(with("[ UpToDate,", "[ Fine,"), "expected a TCB status");
}

TEST(SessionReader, requires_approvals_that_can_be_given)
{
    expect_error(with("needed: 2", "needed: 4"), "more approvals than the 3 keys can give");
    expect_error(with("needed: 2", "needed: 0"), "expected a number from 1");
    expect_error(with(std::string(64, '2'), std::string(64, '1')), "the same key as alice's");
}

TEST(SessionReader, never_tells_a_value)
{
    // Any place where somebody may have put it by mistake, and what goes wrong there.
    constexpr auto* kSecret = "hunter2hunter2";
    std::vector<std::string> texts { with("LANG: C", fmt::format("LANG: [ {} ]", kSecret)),
        with("kind: given, value: correct horse battery staple",
            fmt::format("kind: given, value: {0}, {0}: 1", kSecret)),
        with("kind: given", fmt::format("kind: {}", kSecret)), with("name: shop", fmt::format("name: /{}", kSecret)),
        with("LANG: C", fmt::format("LANG: {}: x", kSecret)), with("LANG: C", fmt::format("LANG: \"{}", kSecret)),
        with("LANG: C", fmt::format("LANG: !{} C", kSecret)), with("LANG: C", fmt::format("LANG: *{}", kSecret)),
        with("port: 443", fmt::format("port: {}", kSecret)),
        with("TOKEN: { secret: token }", fmt::format("TOKEN: {{ secret: {} }}", kSecret)),
        with("[ UpToDate,", fmt::format("[ {},", kSecret)),
        with("LANG: C", fmt::format("LANG: C\n      {0}: x\n      {0}: y", kSecret)) };
    for (auto const& text : texts) {
        auto error = error_of(text);
        EXPECT_NE(error, "");
        EXPECT_EQ(error.find("hunter"), error.npos) << error;
    }
}

TEST(SessionHash, changes_with_what_a_session_means_only)
{
    auto hash = session_hash(parse_session(kSampleSession));
    EXPECT_EQ(session_hash(parse_session(with("# A shop", "# The shop"))), hash);
    EXPECT_EQ(session_hash(parse_session(with("LANG: C", "LANG: \"C\""))), hash);
    EXPECT_EQ(session_hash(parse_session(with("rollback: lazy", "rollback: 'lazy'"))), hash);
    EXPECT_EQ(session_hash(parse_session(with("kind: certificate,", "kind: certificate, use: server,"))), hash);

    for (auto const& [from, to] :
        std::vector<std::pair<char const*, char const*>> { { "horse", "house" }, { "LANG: C", "LANG: D" },
            { "needed: 2", "needed: 1" }, { "{ session: statistics }", "{ session: statistic }" }, { "0444", "0440" },
            { "lazy", "strict" }, { "443", "444" }, { "database:", "databases:" },
            { "minimum_svn: 3", "minimum_svn: 2" }, { "emulated: any", "insecure_debug: true" },
            { "[ UpToDate, ", "[ OutOfDate, " }, { "days: 90", "days: 91" } })
        EXPECT_NE(session_hash(parse_session(with(from, to))), hash) << from;
}

TEST(SessionHash, is_of_a_form_that_reads_back_as_the_same_session)
{
    auto session = parse_session(kSampleSession);
    auto again = parse_session(canonical_session(session).reveal());
    EXPECT_EQ(session_hash(again), session_hash(session));
    EXPECT_EQ(canonical_session(again).reveal(), canonical_session(session).reveal());
}

TEST(SessionHash, of_the_outline_tells_nothing_of_given_secrets)
{
    auto session = parse_session(kSampleSession);
    auto other = parse_session(with("horse", "house"));
    EXPECT_EQ(outline_of(session).dump().find(kGivenSecret), std::string::npos);
    EXPECT_EQ(outline_hash(session), outline_hash(other));
    EXPECT_NE(outline_hash(session), outline_hash(parse_session(with("LANG: C", "LANG: D"))));
}

} // namespace farl::owner
