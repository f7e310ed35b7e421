#include "owner/cas/owner_service.h"

#include "owner/digest/digest.h"
#include "tests/support/audit_text.h"
#include "tests/unit/owner/launch/temporary_directory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace farl::owner {

namespace {

using Json = nlohmann::ordered_json;

constexpr Ed25519Point kOwner { std::byte { 1 } };
constexpr Ed25519Point kStranger { std::byte { 2 } };

constexpr auto* kShop = "farl: 1\nname: shop\nsecrets: { a: { kind: given, value: hunter2 } }\n";

class OwnerServiceTest : public testing::Test {
protected:
    Json ask(Json const& request, Ed25519Point const& caller = kOwner)
    {
        auto answer = service_.answer(request, caller);
        EXPECT_EQ(answer.dump().find("hunter2"), std::string::npos) << answer.dump();
        return answer;
    }
    Json put(std::string const& text, Json const& approvals = Json::array(), Ed25519Point const& caller = kOwner)
    {
        return ask({ { "request", "put" }, { "text", text }, { "approvals", approvals } }, caller);
    }

    // What the refusal asks for.
    Json put_approved(std::string const& text, Ed25519Key const& signer)
    {
        auto refused = put(text);
        EXPECT_EQ(refused["reason"], "not-approved");
        auto message = refused["message"].get<std::string>();
        Hash hash;
        for (size_t i = 0, at = message.find("hash ") + 5; i < hash.size(); ++i)
            hash[i] = static_cast<std::byte>(std::stoi(message.substr(at + 2 * i, 2), nullptr, 16));
        auto approval = approve(signer, hash);
        return put(text, Json { { { "key", to_hex(approval.key) }, { "signature", to_hex(approval.signature) } } });
    }

    TemporaryDirectory directory_;
    Store store_ { directory_.path() + "/cas.db", MasterKey::generate() };
    OwnerService service_ { store_ };
};

} // namespace

TEST_F(OwnerServiceTest, stores_and_shows_sessions_without_their_secrets)
{
    auto stored = put(kShop);
    EXPECT_EQ(stored["ok"], true);
    EXPECT_EQ(stored["version"], 1);
    auto shown = ask({ { "request", "show" }, { "session", "shop" } });
    EXPECT_EQ(shown["hash"], stored["hash"]);
    EXPECT_EQ(shown["owner"], to_hex(kOwner));
    EXPECT_EQ(shown["session"]["secrets"]["a"], Json({ { "kind", "given" } }));
    EXPECT_EQ(ask({ { "request", "status" } })["sessions"], 1);

    auto updated = put(fmt::format("{}predecessor: {}\n", kShop, stored["hash"].get<std::string>()));
    EXPECT_EQ(updated["version"], 2);
    EXPECT_EQ(store_.secret("shop", { "a" }).reveal(), "hunter2");
}

TEST_F(OwnerServiceTest, refuses_with_a_reason)
{
    put(kShop);
    EXPECT_EQ(put(kShop)["reason"], "exists");
    auto wrong = put("farl: 1\nname: shop\ncolour: hunter2\n");
    EXPECT_EQ(wrong["reason"], "no-session");
    EXPECT_EQ(wrong["line"], 3);
    EXPECT_EQ(wrong["column"], 1);
}

TEST_F(OwnerServiceTest, takes_approvals)
{
    auto alice = Ed25519Key::generate();
    auto text =
        fmt::format("farl: 1\nname: shop\napprovals: {{ needed: 1, keys: {{ alice: {} }} }}\n", to_hex(alice.point()));
    EXPECT_EQ(put_approved(text, alice)["ok"], true);
    EXPECT_EQ(ask({ { "request", "show" }, { "session", "shop" } }, alice.point())["ok"], true) << "a signer may look";
}

TEST_F(OwnerServiceTest, shows_strangers_no_difference_between_theirs_and_none)
{
    put(kShop);
    auto others = ask({ { "request", "show" }, { "session", "shop" } }, kStranger);
    EXPECT_EQ(others, ask({ { "request", "show" }, { "session", "absent" } }, kStranger));
    EXPECT_EQ(others["reason"], "no-such-session");
}

TEST_F(OwnerServiceTest, gives_the_key_of_a_shielded_console_to_the_sessions_owner_only)
{
    auto signer = Ed25519Key::generate();
    auto text = fmt::format(
        "farl: 1\nname: shop\napprovals: {{ needed: 1, keys: {{ alice: {} }} }}\nservices:\n"
        "  front: {{ argv: [ a ], console: shielded, attestation: {{ emulated: any, mrenclave: [ {} ] }} }}\n"
        "  back: {{ argv: [ a ], attestation: {{ emulated: any, mrenclave: [ {} ] }} }}\n",
        to_hex(signer.point()), to_hex(Hash {}), to_hex(Hash {}));
    auto stored = put_approved(text, signer);
    ASSERT_EQ(stored["ok"], true) << stored.dump();
    Json request { { "request", "console-key" }, { "session", "shop" }, { "service", "front" } };
    auto answer = ask(request);
    ASSERT_EQ(answer["ok"], true) << answer.dump();
    EXPECT_EQ(answer["key"].get<std::string>().size(), 64u);
    EXPECT_EQ(ask(request), answer) << "it stays";
    put_approved(fmt::format("{}predecessor: {}\n", text, stored["hash"].get<std::string>()), signer);
    EXPECT_EQ(ask(request), answer) << "in the next version too";

    EXPECT_EQ(ask(request, kStranger)["reason"], "no-such-session");
    EXPECT_EQ(ask(request, signer.point())["reason"], "no-such-session") << "a signer approves";
    for (auto const* other : { "back", "absent", "console of front" }) {
        request["service"] = other;
        EXPECT_EQ(ask(request)["reason"], "no-such-secret") << other;
    }
    auto audit = audit_text(store_);
    EXPECT_NE(audit.find("console key shown"), std::string::npos);
    EXPECT_EQ(audit.find(answer["key"].get<std::string>()), std::string::npos);
}

TEST_F(OwnerServiceTest, answers_any_request)
{
    for (auto const* text :
        { "{}", R"({"request":1})", R"({"request":"mend"})", R"({"request":"put"})", R"({"request":"put","text":1})",
            R"({"request":"show"})", R"({"request":"show","session":["shop"]})", R"({"request":"console-key"})",
            R"({"request":"console-key","session":"shop"})", R"({"request":"put","text":"","approvals":1})",
            R"({"request":"put","text":"farl: 1\nname: a","approvals":[1]})",
            R"({"request":"put","text":"farl: 1\nname: a","approvals":[{"key":"00","signature":"00"}]})", "[]", "null",
            "\"put\"" }) {
        auto answer = ask(Json::parse(text));
        EXPECT_EQ(answer["ok"], false) << text;
        EXPECT_EQ(answer["reason"], "bad-request") << text << answer.dump();
    }
    EXPECT_TRUE(store_.session_names().empty());
}

TEST_F(OwnerServiceTest, tells_only_the_owner_of_volumes_and_lets_nobody_else_free_them)
{
    put(kShop);
    VolumeHolder const holder { { std::byte { 9 } }, std::chrono::seconds(30) };
    auto book = store_.volumes();
    ASSERT_TRUE((std::holds_alternative<ByName<VolumeRecord>>(book.take("shop", { { "data", { "/data" } } }, holder))));
    ASSERT_FALSE(book.keep({ "shop", "data", { 7, {} } }, holder));

    auto about = [](char const* request) {
        return Json { { "request", request }, { "session", "shop" }, { "volume", "data" } };
    };
    auto listed = ask(about("volumes"));
    EXPECT_EQ(listed["volumes"]["data"]["sequence"], 7);
    EXPECT_TRUE(listed["volumes"]["data"].contains("held_until"));
    EXPECT_FALSE(listed["volumes"]["data"].contains("key"));
    auto const key = book.one("shop", "data").key;
    EXPECT_EQ(ask(about("volume-key"))["key"], to_hex(std::as_bytes(key.readable())));
    for (auto const* request : { "volumes", "volume-key", "volume-break", "volume-forget" })
        EXPECT_EQ(ask(about(request), kStranger)["reason"], "no-such-session") << request;
    EXPECT_TRUE(book.is_held(book.one("shop", "data")));

    EXPECT_EQ(ask(about("volume-break"))["ok"], true);
    EXPECT_EQ(ask(about("volume-forget"))["ok"], true);
    EXPECT_FALSE(book.is_held(book.one("shop", "data")));
    EXPECT_EQ(book.one("shop", "data").newest.sequence, 0u);
    EXPECT_EQ(
        ask({ { "request", "volume-key" }, { "session", "shop" }, { "volume", "log" } })["reason"], "no-such-volume");
    EXPECT_EQ(ask({ { "request", "volume-key" }, { "session", "shop" } })["reason"], "bad-request");
    auto const log = audit_text(store_);
    EXPECT_NE(log.find(R"("event":"volume key shown")"), log.npos);
    EXPECT_EQ(log.find(to_hex(std::as_bytes(key.readable()))), log.npos);
}

TEST_F(OwnerServiceTest, makes_volumes_that_a_service_has_and_gives_them_other_keys_while_nobody_writes)
{
    put(std::string(kShop)
        + "services:\n  front:\n    argv: [ true ]\n    volumes: { uploads: { path: /data } }\n    attestation: { "
          "emulated: "
          "any, mrenclave: [ "
        + std::string(64, '1') + " ] }\n");
    std::string const key(64, 'c'), tag(32, 'd'), no_tag(32, '0');
    auto about = [](char const* request, char const* volume) {
        return Json { { "request", request }, { "session", "shop" }, { "volume", volume } };
    };
    auto renewal = [&](uint64_t known) {
        auto request = about("volume-rekey", "uploads");
        request["key"] = key;
        request["known"] = { { "sequence", known }, { "tag", no_tag } };
        request["state"] = { { "sequence", 9u }, { "tag", tag } };
        return request;
    };
    EXPECT_EQ(ask(renewal(0))["reason"], "no-such-volume");
    EXPECT_EQ(ask(about("volume-make", "other"))["reason"], "no-such-volume");
    EXPECT_EQ(ask(about("volume-make", "uploads"), kStranger)["reason"], "no-such-session");
    EXPECT_EQ(ask(about("volume-make", "uploads"))["ok"], true);
    auto const made = ask(about("volume-key", "uploads"));
    EXPECT_EQ(ask(about("volume-make", "uploads"))["ok"], true);
    EXPECT_EQ(ask(about("volume-key", "uploads")), made) << "it was there";

    auto book = store_.volumes();
    VolumeHolder const holder { { std::byte { 9 } }, std::chrono::seconds(30) };
    (void)book.take("shop", { { "uploads", { "/data" } } }, holder);
    EXPECT_EQ(ask(renewal(0))["reason"], "volume-in-use");
    ASSERT_FALSE(book.keep({ "shop", "uploads", { 7, {} }, true }, holder));
    EXPECT_EQ(ask(renewal(0))["reason"], "other-state");
    EXPECT_EQ(ask(renewal(7), kStranger)["reason"], "no-such-session");
    EXPECT_EQ(ask(renewal(7))["ok"], true);
    auto const renewed = ask(about("volume-key", "uploads"));
    EXPECT_EQ(renewed["key"], key);
    EXPECT_EQ(renewed["id"], made["id"]);
    EXPECT_EQ(renewed["sequence"], 9);
    EXPECT_EQ(renewed["tag"], tag);
    auto damaged = renewal(9);
    damaged["key"] = "short";
    EXPECT_EQ(ask(damaged)["reason"], "bad-request");
    damaged = renewal(9);
    damaged["known"] = 5;
    EXPECT_EQ(ask(damaged)["reason"], "bad-request");
    EXPECT_EQ(audit_text(store_).find(key), std::string::npos);
}

} // namespace farl::owner
