#include "owner/cas/audit_chain.h"

#include "owner/cas/store.h"
#include "owner/digest/digest.h"
#include "tests/support/audit_text.h"
#include "tests/unit/owner/launch/temporary_directory.h"

#include <gtest/gtest.h>

namespace farl::owner {

namespace {

constexpr time_t kNow = 1'800'000'000;
constexpr Ed25519Point kOwner { std::byte { 1 } };

std::string log_of(std::vector<AuditEvent> const& events, Ed25519Key const& key = Ed25519Key::generate())
{
    std::string log;
    AuditHead head;
    auto add = [&](AuditEvent const& event) {
        auto line = audit_line(key, head, kNow, event);
        head = head_after(head, line);
        log += line + '\n';
    };
    add(first_event(key.point()));
    std::ranges::for_each(events, add);
    add(end_event());
    return log;
}

std::string sample()
{
    return log_of({ { "one", { { "session", "a" } } }, { "two", {} }, { "three", { { "list", { "x", "y" } } } } });
}

std::vector<std::string> lines_of(std::string const& log)
{
    std::vector<std::string> lines;
    for (size_t at = 0; at < log.size(); at = log.find('\n', at) + 1)
        lines.push_back(log.substr(at, log.find('\n', at) + 1 - at));
    return lines;
}

std::string joined(std::vector<std::string> const& lines)
{
    std::string log;
    for (auto const& line : lines)
        log += line;
    return log;
}

// 0 if it is accepted.
size_t line_of_defect(std::string const& log)
{
    try {
        verify_audit(log);
        return 0;
    } catch (AuditDefect const& defect) {
        return defect.line();
    }
}

} // namespace

TEST(AuditChain, accepts_what_was_written)
{
    auto key = Ed25519Key::generate();
    auto summary = verify_audit(log_of({ { "one", {} }, { "two", {} } }, key));
    EXPECT_EQ(summary.entries, 2u);
    EXPECT_EQ(summary.key, key.point());
    EXPECT_EQ(summary.first_time, "2027-01-15T08:00:00Z");
    EXPECT_EQ(summary.end_time, "2027-01-15T08:00:00Z");
}

TEST(AuditChain, shows_each_changed_byte)
{
    auto const log = sample();
    for (size_t i = 0; i < log.size(); ++i) {
        for (char other : { static_cast<char>(log[i] ^ 1), static_cast<char>(log[i] ^ 0x20), '\n', '"', '0' }) {
            auto changed = log;
            changed[i] = other;
            if (other == log[i])
                continue;
            EXPECT_NE(line_of_defect(changed), 0u) << "byte " << i << " " << log[i] << " to " << int { other };
        }
    }
}

TEST(AuditChain, shows_each_truncation)
{
    auto const log = sample();
    for (size_t size = 0; size < log.size(); ++size)
        EXPECT_NE(line_of_defect(log.substr(0, size)), 0u) << size;
    for (size_t size = 1; size < log.size(); ++size)
        EXPECT_NE(line_of_defect(log.substr(size)), 0u) << size;
}

TEST(AuditChain, shows_each_removed_repeated_and_exchanged_line)
{
    auto const lines = lines_of(sample());
    ASSERT_EQ(lines.size(), 5u);
    for (size_t i = 0; i < lines.size(); ++i) {
        auto fewer = lines;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_NE(line_of_defect(joined(fewer)), 0u) << i;
        auto more = lines;
        more.insert(more.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
        EXPECT_NE(line_of_defect(joined(more)), 0u) << i;
        for (size_t j = i + 1; j < lines.size(); ++j) {
            auto other = lines;
            std::swap(other[i], other[j]);
            EXPECT_NE(line_of_defect(joined(other)), 0u) << i << " " << j;
        }
    }
}

TEST(AuditChain, shows_lines_of_another_log_by_the_same_key)
{
    auto key = Ed25519Key::generate();
    auto lines = lines_of(log_of({ { "one", {} }, { "two", {} } }, key));
    auto others = lines_of(log_of({ { "one", {} }, { "owt", {} } }, key));
    lines[2] = others[2];
    EXPECT_EQ(line_of_defect(joined(lines)), 4u) << "the end follows another line";
}

TEST(AuditChain, shows_lines_signed_by_another_key)
{
    auto lines = lines_of(sample());
    auto others = lines_of(sample());
    EXPECT_EQ(line_of_defect(joined({ lines[0], others[1] })), 2u);
}

TEST(AuditChain, refuses_any_text_without_harm)
{
    for (auto const* text : { "\n", "{}\n", "[]\n", "null\n",
             R"({"key":1,"signature":""})"
             "\n",
             "\xff\xfe\n" })
        EXPECT_EQ(line_of_defect(text), 1u) << text;
    auto deep = std::string(100'000, '[') + R"(,"signature":")" + std::string(128, '0') + "\"}\n";
    EXPECT_EQ(line_of_defect(deep), 1u);
}

TEST(AuditChain, shows_a_log_that_was_set_back_to_an_earlier_one)
{
    auto key = Ed25519Key::generate();
    auto earlier = log_of({ { "one", {} } }, key), later = log_of({ { "one", {} }, { "two", {} } }, key);
    EXPECT_NO_THROW(verify_extends(later, earlier));
    EXPECT_NO_THROW(verify_extends(later, later));
    EXPECT_THROW(verify_extends(earlier, later), AuditDefect);
    EXPECT_THROW(verify_extends(log_of({ { "eno", {} }, { "two", {} } }, key), earlier), AuditDefect);
}

class AuditedStore : public testing::Test {
protected:
    Store open() const { return { path(), MasterKey::load_or_create(directory_.path() + "/master.key") }; }
    std::string path() const { return directory_.path() + "/cas.db"; }

    TemporaryDirectory directory_;
};

TEST_F(AuditedStore, records_what_it_decides_and_no_secret)
{
    auto store = open();
    Secret text("farl: 1\nname: shop\nsecrets: { a: { kind: given, value: hunter2 } }\n");
    auto receipt = store.put(text, kOwner, {});
    EXPECT_THROW(store.put(text, kOwner, {}), StoreRefusal);
    auto before = audit_text(store);
    store = open();
    store.record({ "enclave allowed", { { "session", "shop" } } });

    auto log = audit_text(store);
    auto summary = verify_audit(log);
    EXPECT_NO_THROW(verify_extends(log, before));
    EXPECT_EQ(summary.entries, 3u);
    EXPECT_EQ(summary.key, store.audit().key());
    auto lines = lines_of(log);
    EXPECT_NE(lines[1].find(R"("event":"session created","session":"shop","version":1,"outline":")"), std::string::npos)
        << lines[1];
    EXPECT_NE(lines[2].find(R"("reason":"exists")"), std::string::npos) << lines[2];
    EXPECT_EQ(log.find("hunter2"), std::string::npos);
    EXPECT_EQ(log.find(to_hex(receipt.hash)), std::string::npos) << "weak secrets can be guessed from it";
}

TEST_F(AuditedStore, does_not_go_on_after_lines_were_removed_from_the_database)
{
    open().record({ "one", {} });
    for (auto const* sql : { "DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)", "DELETE FROM audit",
             "UPDATE audit SET line = replace(line, 'one', 'two')", "DELETE FROM meta WHERE name = 'audit head'" }) {
        std::filesystem::copy(path(), path() + ".copy", std::filesystem::copy_options::overwrite_existing);
        Database(path()).execute(sql);
        EXPECT_THROW(open(), DatabaseError) << sql;
        std::filesystem::copy(path() + ".copy", path(), std::filesystem::copy_options::overwrite_existing);
    }
    EXPECT_NO_THROW(open());
}

} // namespace farl::owner
