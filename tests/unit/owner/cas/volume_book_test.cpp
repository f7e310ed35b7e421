#include "owner/cas/volume_book.h"

#include "owner/cas/store.h"
#include "owner/digest/digest.h"
#include "tests/support/audit_text.h"
#include "tests/unit/owner/launch/temporary_directory.h"

#include <fstream>
#include <gtest/gtest.h>

namespace farl::owner {

namespace {

using Reason = Denial::Reason;

constexpr time_t kStart = 1'800'000'000;
constexpr Ed25519Point kOwner { std::byte { 1 } };

time_t now = kStart; // of the store

VolumeHolder holder(uint8_t number) { return { { std::byte { number } }, std::chrono::seconds(30) }; }
VolumeState state(uint64_t sequence, uint8_t tag = 0) { return { sequence, { std::byte { tag } } }; }
ByName<Volume> volumes(std::initializer_list<char const*> names, Rollback rollback = Rollback::Strict)
{
    ByName<Volume> made;
    for (auto const* name : names)
        made.emplace(name, Volume { std::string("/") + name, rollback });
    return made;
}

class VolumeBookTest : public testing::Test {
protected:
    Store open() const
    {
        return { directory_.path() + "/cas.db", MasterKey::load_or_create(directory_.path() + "/master.key"),
            [](time_t*) { return now; } };
    }
    void TearDown() override { now = kStart; }

    std::optional<Reason> take(uint8_t who, ByName<Volume> const& wanted = volumes({ "data" }))
    {
        auto taken = store_.volumes().take("shop", wanted, holder(who));
        auto const* denial = std::get_if<Denial>(&taken);
        return denial ? std::optional(denial->reason) : std::nullopt;
    }
    std::optional<Reason> keep(
        uint8_t who, VolumeState const& kept, std::string_view volume = "data", bool is_last = false)
    {
        auto denial = store_.volumes().keep({ "shop", volume, kept, is_last }, holder(who));
        return denial ? std::optional(denial->reason) : std::nullopt;
    }
    VolumeRecord data() { return store_.volumes().one("shop", "data"); }

    TemporaryDirectory directory_;
    Store store_ { open() };
};

} // namespace

TEST_F(VolumeBookTest, keeps_keys_and_states_of_a_sessions_volumes)
{
    ASSERT_FALSE(take(1, volumes({ "data", "log" })));
    ASSERT_FALSE(keep(1, state(7, 9)));
    auto const before = data();
    EXPECT_EQ(before.key.size(), 32u);

    store_ = open();
    EXPECT_EQ(data().key.reveal(), before.key.reveal());
    EXPECT_EQ(data().id, before.id);
    EXPECT_EQ(data().newest, state(7, 9));
    EXPECT_NE(store_.volumes().one("shop", "log").key.reveal(), before.key.reveal());
    EXPECT_EQ(store_.volumes().of_session("shop").size(), 2u);
    EXPECT_TRUE(store_.volumes().of_session("other").empty());
    EXPECT_THROW(store_.volumes().one("shop", "absent"), StoreRefusal);
    EXPECT_THROW(store_.volumes().one("other", "data"), StoreRefusal);
}

TEST_F(VolumeBookTest, keeps_states_of_several_enclaves_at_once)
{
    ASSERT_FALSE(take(1, volumes({ "data" })));
    ASSERT_FALSE(take(2, volumes({ "log" })));
    auto told = [](std::string_view volume, uint64_t sequence, uint8_t who) {
        return ToldState { { "shop", volume, state(sequence) }, holder(who).key };
    };
    ToldState const all[] { told("data", 1, 1), told("log", 5, 1), told("log", 5, 2), told("data", 2, 1),
        told("data", 1, 1) };
    auto const answers = store_.volumes().keep_all(all, std::chrono::seconds(30));

    ASSERT_EQ(answers.size(), 5u);
    auto denied = [&](size_t i) { return std::get<Denial>(answers[i]).reason; };
    for (size_t i : { 0, 2, 3 })
        EXPECT_EQ(std::get<std::chrono::seconds>(answers[i]), std::chrono::seconds(30));
    EXPECT_EQ(denied(1), Reason::LeaseLost);
    EXPECT_EQ(denied(4), Reason::OlderState);

    store_ = open();
    EXPECT_EQ(data().newest, state(2));
    EXPECT_EQ(store_.volumes().one("shop", "log").newest, state(5));
}

TEST_F(VolumeBookTest, makes_them_durable_at_once)
{
    ASSERT_FALSE(take(1, volumes({ "data", "log" })));
    Database database(directory_.path() + "/cas.db");
    auto key = MasterKey::load_or_create(directory_.path() + "/master.key");
    AuditLog audit(database, key, [](time_t*) { return now; });
    VolumeBook book(database, key, audit, [](time_t*) { return now; });
    int commits = 0;
    auto count = [](void* commits) { return ++*static_cast<int*>(commits), 0; };
    sqlite3_commit_hook(database.handle(), count, &commits);
    ToldState const both[] { { { "shop", "data", state(1) }, holder(1).key },
        { { "shop", "log", state(1) }, holder(1).key } };
    (void)book.keep_all(both, std::chrono::seconds(30));
    EXPECT_EQ(commits, 1);
}

TEST_F(VolumeBookTest, lets_one_enclave_write_at_a_time)
{
    ASSERT_FALSE(take(1));
    EXPECT_EQ(take(2), Reason::VolumeInUse);
    EXPECT_FALSE(take(1)) << "its own";
    EXPECT_EQ(keep(2, state(1)), Reason::LeaseLost);
    EXPECT_FALSE(keep(1, state(1)));

    auto taken = store_.volumes().take("shop", volumes({ "data" }), holder(2));
    auto const& text = std::get<Denial>(taken).explanation;
    EXPECT_NE(text.find("2027-01-15T08:00:31Z"), text.npos) << text;
    EXPECT_NE(text.find("farl policy volumes --break data shop"), text.npos) << text;
}

TEST_F(VolumeBookTest, gives_all_volumes_of_a_service_or_none)
{
    ASSERT_FALSE(take(1, volumes({ "log" })));
    EXPECT_EQ(take(2, volumes({ "data", "log" })), Reason::VolumeInUse);
    EXPECT_THROW(data(), StoreRefusal) << "nothing was made";
    EXPECT_FALSE(take(3, volumes({ "data" })));
}

TEST_F(VolumeBookTest, lets_another_enclave_take_over_when_the_lease_has_run_out)
{
    ASSERT_FALSE(take(1));
    now += 20;
    ASSERT_FALSE(keep(1, state(1))) << "which prolongs it";
    now += 30;
    EXPECT_EQ(take(2), Reason::VolumeInUse);
    now += 1;
    EXPECT_FALSE(keep(1, state(2))) << "nobody has taken over";
    now += 31;
    EXPECT_FALSE(take(2));
    EXPECT_EQ(data().newest, state(2));
    EXPECT_EQ(keep(1, state(3)), Reason::LeaseLost);
    EXPECT_EQ(keep(1, state(2)), Reason::LeaseLost);
    EXPECT_EQ(data().newest, state(2));
}

TEST_F(VolumeBookTest, lets_another_enclave_start_as_soon_as_the_volume_was_given_back)
{
    ASSERT_FALSE(take(1));
    ASSERT_FALSE(keep(1, state(4), "data", true));
    EXPECT_EQ(keep(1, state(5)), Reason::LeaseLost);
    EXPECT_FALSE(take(2));
    store_.volumes().give_back("shop", volumes({ "data" }), holder(1).key);
    EXPECT_EQ(take(3), Reason::VolumeInUse) << "only its holder can give it back";
    store_.volumes().give_back("shop", volumes({ "data", "absent" }), holder(2).key);
    EXPECT_FALSE(take(3));
}

TEST_F(VolumeBookTest, keeps_only_states_that_are_newer)
{
    ASSERT_FALSE(take(1));
    EXPECT_FALSE(keep(1, state(5, 1)));
    EXPECT_FALSE(keep(1, state(5, 1))) << "the same one, again";
    EXPECT_EQ(keep(1, state(5, 2)), Reason::OlderState) << "another history";
    EXPECT_EQ(keep(1, state(4)), Reason::OlderState);
    EXPECT_EQ(keep(1, state(0)), Reason::OlderState);
    EXPECT_FALSE(keep(1, state(6)));
    EXPECT_EQ(keep(1, state(7), "absent"), Reason::LeaseLost);
}

TEST_F(VolumeBookTest, forgets_the_state_of_a_volume_without_protection_from_older_copies)
{
    ASSERT_FALSE(take(1));
    ASSERT_FALSE(keep(1, state(5), "data", true));
    ASSERT_FALSE(take(2, volumes({ "data" }, Rollback::None)));
    EXPECT_EQ(data().newest, VolumeState());
    EXPECT_FALSE(keep(2, {})) << "how it is prolonged";
}

TEST_F(VolumeBookTest, lets_the_owner_break_a_lease_and_forget_a_state)
{
    ASSERT_FALSE(take(1));
    ASSERT_FALSE(keep(1, state(5)));
    EXPECT_TRUE(store_.volumes().is_held(data()));
    store_.volumes().break_lease("shop", "data", kOwner);
    EXPECT_FALSE(store_.volumes().is_held(data()));
    EXPECT_EQ(keep(1, state(6)), Reason::LeaseLost);
    EXPECT_FALSE(take(2));
    store_.volumes().forget_state("shop", "data", kOwner);
    EXPECT_EQ(data().newest, VolumeState());
    EXPECT_THROW(store_.volumes().break_lease("shop", "absent", kOwner), StoreRefusal);

    auto const log = audit_text(store_);
    EXPECT_NE(log.find(R"("event":"volume lease broken","session":"shop","volume":"data")"), log.npos) << log;
    EXPECT_NE(log.find(R"("event":"volume state forgotten")"), log.npos) << log;
}

TEST_F(VolumeBookTest, has_nothing_in_clear_in_the_files_of_the_store_and_notices_a_record_in_anothers_place)
{
    ASSERT_FALSE(take(1, volumes({ "data", "log" })));
    auto const key = std::string(data().key.reveal());
    for (auto const* name : { "/cas.db", "/cas.db-wal" }) {
        std::ifstream file(directory_.path() + name, std::ios::binary);
        std::string const contents(std::istreambuf_iterator<char>(file), {});
        EXPECT_EQ(contents.find(key), contents.npos) << name;
    }
    Database database(directory_.path() + "/cas.db");
    database.execute("UPDATE volumes SET sealed = (SELECT sealed FROM volumes WHERE name = 'log') WHERE name = 'data'");
    EXPECT_THROW(data(), DatabaseError);
    EXPECT_THROW(keep(1, state(1)), DatabaseError);
}

TEST_F(VolumeBookTest, is_without_the_volumes_of_a_deleted_session)
{
    auto const hash = store_.put(Secret("farl: 1\nname: shop\n"), kOwner, {}).hash;
    ASSERT_FALSE(take(1));
    store_.remove("shop", hash, kOwner, {});
    EXPECT_TRUE(store_.volumes().of_session("shop").empty());
    EXPECT_EQ(keep(1, state(1)), Reason::LeaseLost);
}

} // namespace farl::owner
