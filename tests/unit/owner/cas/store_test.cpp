#include "owner/cas/store.h"

#include "owner/digest/digest.h"
#include "owner/policy/session_json.h"
#include "owner/policy/session_reader.h"
#include "tests/unit/owner/launch/temporary_directory.h"
#include "tests/unit/owner/policy/sample_session.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace farl::owner {

namespace {

using Reason = StoreRefusal::Reason;

constexpr Ed25519Point kOwner { std::byte { 1 } };
constexpr Hash kStranger { std::byte { 2 } };
constexpr time_t kNow = 1'800'000'000;

std::string session_text(std::string_view name, std::string_view secrets, std::string_view more = "")
{
    return fmt::format("farl: 1\nname: {}\nsecrets: {{ {} }}\n{}\n", name, secrets, more);
}

time_t now = kNow; // of the store

class StoreTest : public testing::Test {
protected:
    std::string path() const { return directory_.path() + "/cas.db"; }
    Store open() const
    {
        return { path(), MasterKey::load_or_create(directory_.path() + "/master.key"), [](time_t*) { return now; } };
    }

    Receipt put(std::string const& text, Hash const& caller = kOwner, std::vector<Approval> const& approvals = {})
    {
        return store_.put(Secret(text), caller, approvals);
    }

    std::optional<Reason> refusal(
        std::string const& text, Hash const& caller = kOwner, std::vector<Approval> const& approvals = {})
    {
        try {
            put(text, caller, approvals);
            return {};
        } catch (StoreRefusal const& refusal) {
            return refusal.reason();
        }
    }

    std::string secret(std::string_view session, std::string_view name, SecretPart part = SecretPart::Whole) const
    {
        return std::string(store_.secret(session, { std::string(name), part }).reveal());
    }

    std::optional<Reason> secret_refusal(
        std::string_view session, std::string_view name, SecretPart part = SecretPart::Whole) const
    {
        try {
            secret(session, name, part);
            return {};
        } catch (StoreRefusal const& refusal) {
            return refusal.reason();
        }
    }

    TemporaryDirectory directory_;
    void TearDown() override { now = kNow; }

    Store store_ { open() };
};

std::string after(Receipt const& receipt) { return "predecessor: " + to_hex(receipt.hash); }

std::vector<unsigned char> key_digest(OpenSsl<X509> const& certificate)
{
    std::vector<unsigned char> digest(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    X509_pubkey_digest(certificate.get(), EVP_sha256(), digest.data(), &size);
    digest.resize(size);
    return digest;
}

OpenSsl<X509> certificate_from(std::string const& pem)
{
    OpenSsl<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return OpenSsl<X509>(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

} // namespace

TEST_F(StoreTest, keeps_a_session_and_its_secrets)
{
    auto text = session_text("shop", "a: { kind: given, value: hunter2 }, b: { kind: generated, size: 16 }");
    auto receipt = put(text);
    EXPECT_EQ(receipt.version, 1u);
    EXPECT_EQ(receipt.hash, session_hash(parse_session(text)));
    auto generated = secret("shop", "b");
    EXPECT_EQ(generated.size(), 32u);

    store_ = open();
    EXPECT_EQ(store_.session_names(), std::vector<std::string> { "shop" });
    EXPECT_EQ(store_.session("shop")->owner, kOwner);
    EXPECT_EQ(secret("shop", "a"), "hunter2");
    EXPECT_EQ(secret("shop", "b"), generated);
    EXPECT_EQ(secret_refusal("shop", "c"), Reason::NoSuchSecret);
    EXPECT_EQ(secret_refusal("shop", "a", SecretPart::Key), Reason::NoSuchSecret);
    EXPECT_EQ(secret_refusal("absent", "a"), Reason::NoSuchSession);
    EXPECT_FALSE(store_.session("absent"));
}

TEST_F(StoreTest, replaces_a_session_only_for_who_names_what_is_there)
{
    EXPECT_EQ(refusal(session_text("shop", "", after({ 1, {} }))), Reason::NoSuchSession);
    auto first = put(session_text("shop", ""));
    EXPECT_EQ(refusal(session_text("shop", "")), Reason::Exists);
    EXPECT_EQ(refusal(session_text("shop", "", after({ 1, {} }))), Reason::WrongPredecessor);
    EXPECT_EQ(refusal(session_text("shop", "", after(first)), kStranger), Reason::NotOwner);
    auto second = put(session_text("shop", "a: { kind: generated }", after(first)));
    EXPECT_EQ(second.version, 2u);
    EXPECT_EQ(refusal(session_text("shop", "b: { kind: generated }", after(first))), Reason::WrongPredecessor);
    EXPECT_EQ(store_.session("shop")->version, 2u);
}

TEST_F(StoreTest, makes_secrets_once_while_their_rules_stay)
{
    constexpr auto* kSecrets = "a: { kind: generated }, ca: { kind: authority, common_name: CA, valid_days: 10 }, "
                               "web: { kind: certificate, authority: ca, common_name: web, valid_days: 5 }";
    auto first = put(session_text("shop", kSecrets));
    auto generated = secret("shop", "a"), certificate = secret("shop", "web", SecretPart::Certificate);
    auto second = put(session_text("shop", std::string(kSecrets) + ", b: { kind: generated }", after(first)));
    EXPECT_EQ(secret("shop", "a"), generated);
    EXPECT_EQ(secret("shop", "web", SecretPart::Certificate), certificate);

    auto changed = std::string(kSecrets).replace(0, 21, "a: { kind: generated, size: 33"); // another rule
    changed.replace(changed.find("common_name: CA"), 15, "common_name: CB");
    put(session_text("shop", changed + " ", after(second)));
    EXPECT_EQ(secret("shop", "a").size(), 66u);
    EXPECT_NE(secret("shop", "web", SecretPart::Certificate), certificate) << "of another authority";
    EXPECT_EQ(secret_refusal("shop", "b"), Reason::NoSuchSecret);
}

TEST_F(StoreTest, issues_certificates_that_their_authority_has_signed)
{
    put(session_text("shop",
        "ca: { kind: authority, common_name: Shop CA, valid_days: 10 }, "
        "web: { kind: certificate, authority: ca, common_name: shop, hosts: [ shop.example, 192.0.2.1 ], valid_days: 5 "
        "}"));
    auto authority = certificate_from(secret("shop", "ca", SecretPart::Certificate));
    auto certificate = certificate_from(secret("shop", "web", SecretPart::Certificate));
    ASSERT_TRUE(authority && certificate);
    EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(authority.get())), 1);
    EXPECT_EQ(X509_check_host(certificate.get(), "shop.example", 0, 0, nullptr), 1);
    EXPECT_EQ(X509_check_host(certificate.get(), "other.example", 0, 0, nullptr), 0);
    EXPECT_EQ(X509_check_ip_asc(certificate.get(), "192.0.2.1", 0), 1);
    EXPECT_EQ(X509_check_purpose(certificate.get(), X509_PURPOSE_SSL_SERVER, 0), 1);
    EXPECT_EQ(X509_check_purpose(certificate.get(), X509_PURPOSE_SSL_CLIENT, 0), 0);
    EXPECT_EQ(X509_check_ca(authority.get()), 1);
    EXPECT_EQ(X509_check_ca(certificate.get()), 0);
    auto end = kNow + 5 * 86400;
    EXPECT_EQ(X509_cmp_time(X509_get0_notAfter(certificate.get()), &end), -1) << "at the very end";

    auto key = secret("shop", "web", SecretPart::Key);
    OpenSsl<BIO> bio(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())));
    OpenSsl<EVP_PKEY> parsed(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    EXPECT_EQ(X509_check_private_key(certificate.get(), parsed.get()), 1);
    EXPECT_EQ(secret("shop", "web", SecretPart::Chain),
        secret("shop", "web", SecretPart::Certificate) + secret("shop", "ca", SecretPart::Certificate));
    EXPECT_EQ(secret_refusal("shop", "ca", SecretPart::Key), Reason::NoSuchSecret)
        << "the authority's key left the CAS";
    EXPECT_EQ(secret_refusal("shop", "ca"), Reason::NoSuchSecret);
}

// The keys stay, so whoever trusts one of them takes the successors.
TEST_F(StoreTest, renews_certificates_before_they_end_and_keeps_their_keys)
{
    constexpr time_t kDay = 86400;
    put(session_text(
        "office", "ca: { kind: authority, common_name: CA, valid_days: 30, export: [ { session: shop } ] }"));
    auto const text = session_text("shop",
        "ca: { kind: imported, session: office, secret: ca }, "
        "web: { kind: certificate, authority: ca, common_name: shop, valid_days: 9 }");
    auto first = put(text);
    auto read = [&](char const* session, char const* name) { return secret(session, name, SecretPart::Certificate); };
    auto const ca = read("office", "ca"), web = read("shop", "web"), key = secret("shop", "web", SecretPart::Key);
    auto renew_after = [&](time_t days) {
        now = kNow + days * kDay;
        auto stored = store_.session("shop");
        store_.renew_certificates(*stored);
        return store_.secret(*stored, { "web", SecretPart::Certificate }).reveal() == read("shop", "web");
    };
    EXPECT_TRUE(renew_after(5));
    EXPECT_EQ(read("shop", "web"), web) << "too early";
    EXPECT_TRUE(renew_after(7));
    auto renewed = certificate_from(read("shop", "web"));
    EXPECT_NE(read("shop", "web"), web);
    EXPECT_EQ(read("office", "ca"), ca);
    auto end = now + 8 * kDay;
    EXPECT_EQ(X509_cmp_time(X509_get0_notAfter(renewed.get()), &end), 1);
    EXPECT_EQ(secret("shop", "web", SecretPart::Key), key);

    EXPECT_TRUE(renew_after(22)); // and the authority's, with what it has signed
    auto authority = certificate_from(read("office", "ca"));
    EXPECT_NE(read("office", "ca"), ca);
    EXPECT_EQ(key_digest(authority), key_digest(certificate_from(ca)));
    EXPECT_EQ(X509_verify(certificate_from(web).get(), X509_get0_pubkey(authority.get())), 1);
    EXPECT_EQ(secret("shop", "web", SecretPart::Chain), read("shop", "web") + read("office", "ca"));
    EXPECT_EQ(secret("shop", "web", SecretPart::Key), key);

    put(text + after(first)); // an update is no reason for another key
    EXPECT_EQ(secret("shop", "web", SecretPart::Key), key);
}

TEST_F(StoreTest, renews_certificates_that_live_for_seconds_only_after_two_thirds_of_those)
{
    put(session_text("shop",
        "ca: { kind: authority, common_name: CA, valid_days: 30 }, "
        "web: { kind: certificate, authority: ca, common_name: shop, lifetime: 60s }"));
    auto const is_renewed_at = [&](time_t seconds) {
        auto const old = secret("shop", "web", SecretPart::Certificate);
        now = kNow + seconds;
        auto stored = store_.session("shop");
        store_.renew_certificates(*stored);
        return secret("shop", "web", SecretPart::Certificate) != old;
    };
    EXPECT_FALSE(is_renewed_at(0));
    EXPECT_FALSE(is_renewed_at(34));
    EXPECT_TRUE(is_renewed_at(36));
    EXPECT_FALSE(is_renewed_at(37));
}

TEST_F(StoreTest, keeps_ticket_keys_of_each_service_and_replaces_them_one_by_one)
{
    constexpr std::chrono::seconds kLife { 100 };
    auto const text = session_text("shop", "",
        "services: { only: { argv: [ x ], attestation: { mrenclave: [ " + std::string(64, '1') + " ] } } }");
    auto const first = put(text);
    auto const keys = [&](char const* service) { return store_.tickets(*store_.session("shop"), service, kLife); };
    auto const key = [](GivenTickets const& given, size_t index) {
        return std::string(given.keys.reveal().substr(index * TicketKeys::kKeySize, TicketKeys::kKeySize));
    };
    auto const made = keys("only");
    ASSERT_EQ(made.keys.size(), 3 * TicketKeys::kKeySize);
    EXPECT_EQ(made.until, kNow + 100);
    EXPECT_EQ(keys("only").keys.reveal(), made.keys.reveal());
    EXPECT_NE(keys("other").keys.reveal(), made.keys.reveal());

    now = kNow + 99;
    EXPECT_EQ(keys("only").keys.reveal(), made.keys.reveal());
    now = kNow + 105;
    auto const rotated = keys("only");
    EXPECT_EQ(key(rotated, TicketKeys::Previous), key(made, TicketKeys::Current));
    EXPECT_EQ(key(rotated, TicketKeys::Current), key(made, TicketKeys::Next)) << "which everybody knows already";
    EXPECT_EQ(rotated.until, kNow + 200);
    now = kNow; // a clock that was turned back
    EXPECT_EQ(keys("only").keys.reveal(), rotated.keys.reveal());
    now = kNow + 300;
    EXPECT_EQ(keys("only").keys.reveal().find(key(made, TicketKeys::Current)), std::string_view::npos);
    now = kNow + 10'000;
    EXPECT_EQ(keys("only").until, kNow + 10'100);

    auto const before = keys("only");
    auto const mark = store_.remove("shop", first.hash, kOwner, {});
    put(text + "predecessor: " + to_hex(mark));
    EXPECT_NE(keys("only").keys.reveal(), before.keys.reveal()) << "they went with the session";
}

TEST_F(StoreTest, gives_secrets_to_sessions_that_they_are_exported_to)
{
    constexpr auto* kImport = "mine: { kind: imported, session: office, secret: password }";
    EXPECT_EQ(refusal(session_text("shop", kImport)), Reason::NotExported);
    auto office = put(session_text("office",
        "password: { kind: given, value: hunter2, export: [ { session: shop } ] }, "
        "other: { kind: generated }"));
    EXPECT_EQ(refusal(session_text("shop", kImport), kStranger), Reason::NotExported) << "a stranger took the name";
    EXPECT_EQ(refusal(session_text("bar", kImport)), Reason::NotExported);
    EXPECT_EQ(
        refusal(session_text("shop", "a: { kind: imported, session: office, secret: other }")), Reason::NotExported);
    put(session_text("shop", kImport));
    EXPECT_EQ(secret("shop", "mine"), "hunter2");

    put(session_text("office", "password: { kind: given, value: hunter2 }", after(office)));
    EXPECT_EQ(secret_refusal("shop", "mine"), Reason::NotExported) << "exported no more";
}

TEST_F(StoreTest, gives_secrets_to_other_owners_that_are_named)
{
    put(session_text("office",
        fmt::format(
            "ca: {{ kind: authority, common_name: CA, valid_days: 9, export: [ {{ session: shop, owner: {} }} ] }}",
            to_hex(kStranger))));
    constexpr auto* kImport = "ca: { kind: imported, session: office, secret: ca }, "
                              "web: { kind: certificate, authority: ca, common_name: web, valid_days: 5 }";
    EXPECT_EQ(refusal(session_text("shop", kImport), kOwner), Reason::NotExported);
    put(session_text("shop", kImport), kStranger);
    auto authority = certificate_from(secret("office", "ca", SecretPart::Certificate));
    auto certificate = certificate_from(secret("shop", "web", SecretPart::Certificate));
    EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(authority.get())), 1);
    EXPECT_EQ(secret_refusal("shop", "ca", SecretPart::Key), Reason::NoSuchSecret);
}

TEST_F(StoreTest, issues_nothing_by_an_import_that_is_no_authority)
{
    put(session_text("office", "text: { kind: generated, export: [ { session: shop } ] }"));
    EXPECT_EQ(refusal(session_text("shop",
                  "ca: { kind: imported, session: office, secret: text }, "
                  "web: { kind: certificate, authority: ca, common_name: web, valid_days: 5 }")),
        Reason::NoSuchSecret);
}

TEST_F(StoreTest, needs_as_many_approvals_as_the_predecessor_asks_for)
{
    auto alice = Ed25519Key::generate(), bob = Ed25519Key::generate(), carol = Ed25519Key::generate(),
         eve = Ed25519Key::generate();
    auto rule = fmt::format("approvals: {{ needed: 2, keys: {{ alice: {}, bob: {}, carol: {} }} }}",
        to_hex(alice.point()), to_hex(bob.point()), to_hex(carol.point()));
    auto text = session_text("shop", "", rule);
    auto hash = session_hash(parse_session(text));
    EXPECT_EQ(refusal(text), Reason::NotApproved);
    EXPECT_EQ(refusal(text, kOwner, { approve(alice, hash), approve(alice, hash) }), Reason::NotApproved)
        << "alice twice";
    EXPECT_EQ(refusal(text, kOwner, { approve(alice, hash), approve(eve, hash) }), Reason::NotApproved) << "a stranger";
    auto forged = approve(eve, hash);
    forged.key = bob.point();
    EXPECT_EQ(refusal(text, kOwner, { approve(alice, hash), forged }), Reason::NotApproved) << "in bob's name";
    auto first = put(text, kOwner, { approve(alice, hash), approve(carol, hash) });

    // Eve alone would approve what she adds; those who approved before decide.
    auto taken = session_text("shop", "",
        fmt::format("approvals: {{ needed: 1, keys: {{ eve: {} }} }}\n{}", to_hex(eve.point()), after(first)));
    auto taken_hash = session_hash(parse_session(taken));
    EXPECT_EQ(refusal(taken, kOwner, { approve(eve, taken_hash) }), Reason::NotApproved);
    EXPECT_EQ(refusal(taken, kOwner, { approve(alice, hash), approve(bob, hash) }), Reason::NotApproved)
        << "of another version";
    // With approvals anybody may bring the update.
    put(taken, kStranger, { approve(bob, taken_hash), approve(carol, taken_hash) });
    EXPECT_EQ(store_.session("shop")->owner, kOwner);
}

TEST_F(StoreTest, removes_a_session_for_its_owner_only_and_keeps_nothing_of_it)
{
    auto text = session_text("shop", "key: { kind: generated, export: [ { session: other } ] }",
        "services: { once: { argv: [ x ], starts: 1, attestation: { mrenclave: [ " + std::string(64, '1') + " ] } } }");
    auto first = put(text);
    put(session_text("other", "key: { kind: imported, session: shop, secret: key }"));
    auto before = secret("shop", "key");
    EXPECT_TRUE(store_.take_start(*store_.session("shop"), "once", 1));
    auto removal_refusal = [&](Hash const& hash, Hash const& caller) -> std::optional<Reason> {
        try {
            store_.remove("shop", hash, caller, {});
            return {};
        } catch (StoreRefusal const& refusal) {
            return refusal.reason();
        }
    };
    EXPECT_EQ(removal_refusal(first.hash, kStranger), Reason::NotOwner);
    EXPECT_EQ(removal_refusal(kStranger, kOwner), Reason::WrongPredecessor);
    EXPECT_EQ(secret("shop", "key"), before);

    auto mark = store_.remove("shop", first.hash, kOwner, {});
    EXPECT_FALSE(store_.session("shop"));
    EXPECT_EQ(secret_refusal("other", "key"), Reason::NotExported);
    EXPECT_EQ(removal_refusal(first.hash, kOwner), Reason::NoSuchSession);

    EXPECT_EQ(refusal(text), Reason::WrongPredecessor) << "what was approved once is not approved again";
    EXPECT_EQ(refusal(text + after(first)), Reason::WrongPredecessor);
    auto again = put(text + "predecessor: " + to_hex(mark), kStranger);
    EXPECT_EQ(again.version, 1u);
    EXPECT_NE(secret("shop", "key"), before);
    EXPECT_TRUE(store_.take_start(*store_.session("shop"), "once", 1));
    EXPECT_NE(store_.remove("shop", again.hash, kStranger, {}), mark);
}

TEST_F(StoreTest, stores_nothing_of_what_it_refuses)
{
    put(session_text("office", ""));
    EXPECT_EQ(
        refusal(session_text("shop", "a: { kind: generated }, b: { kind: imported, session: office, secret: x }")),
        Reason::NotExported);
    EXPECT_THROW(put("farl: 1\nname: shop\ncolour: red\n"), PolicyError);
    EXPECT_FALSE(store_.session("shop"));
}

TEST_F(StoreTest, has_no_secret_in_its_files)
{
    put(session_text("shop",
        "a: { kind: given, value: hunter2hunter2 }, b: { kind: generated }, ca: { kind: authority, common_name: CA, "
        "valid_days: 1 }"));
    auto generated = secret("shop", "b");
    size_t files = 0;
    for (auto const& entry : std::filesystem::directory_iterator(directory_.path())) {
        std::ifstream file(entry.path(), std::ios::binary);
        std::string bytes { std::istreambuf_iterator(file), {} };
        for (std::string_view needle :
            { std::string_view("hunter2"), std::string_view(generated), std::string_view("PRIVATE KEY") })
            EXPECT_EQ(bytes.find(needle), bytes.npos) << entry.path() << ": " << needle;
        EXPECT_EQ(entry.status().permissions() & std::filesystem::perms(0077), std::filesystem::perms::none)
            << entry.path();
        ++files;
    }
    EXPECT_GE(files, 3u);
}

TEST_F(StoreTest, opens_with_the_key_that_it_was_made_with_only)
{
    EXPECT_THROW(Store(path(), MasterKey::generate()), DatabaseError);
}

TEST_F(StoreTest, notices_records_that_were_exchanged_or_changed)
{
    put(session_text("one", "a: { kind: generated }"));
    put(session_text("two", "a: { kind: generated }"));
    Database database(path());
    database.execute(
        "UPDATE sessions SET sealed = (SELECT sealed FROM sessions WHERE name = 'one') WHERE name = 'two'");
    EXPECT_THROW(store_.session("two"), DatabaseError);
    EXPECT_TRUE(store_.session("one"));
    database.execute("UPDATE sessions SET sealed = substr(sealed, 1, 50) WHERE name = 'one'");
    EXPECT_THROW(store_.session("one"), DatabaseError);
}

} // namespace farl::owner
