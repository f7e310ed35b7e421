#include "enclave/net/stand_ins.h"

#include <arpa/inet.h>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace farl {

namespace {

InternetAddress address(char const* text)
{
    InternetAddress parsed { .family = formats::NetworkFamily::Ipv4 };
    if (inet_pton(AF_INET, text, parsed.bytes.data()) == 1)
        return parsed;
    parsed.family = formats::NetworkFamily::Ipv6;
    EXPECT_EQ(inet_pton(AF_INET6, text, parsed.bytes.data()), 1) << text;
    return parsed;
}

StandIns of(std::vector<char const*> const& hosts)
{
    StandIns made;
    for (auto const* host : hosts)
        MUST(made.add(host));
    return made;
}

std::string file_of(StandIns const& stand_ins, std::string_view others)
{
    return std::string(MUST(stand_ins.hosts_file(others)).view());
}

} // namespace

TEST(StandIns, each_host_has_one_of_each_family_and_nothing_else_is_any)
{
    auto const stand_ins = of({ "db", "log", "db" });
    for (auto const* text : { "240.0.0.1", "100::1" })
        EXPECT_EQ(stand_ins.host_at(address(text)), "db") << text;
    for (auto const* text : { "240.0.0.2", "100::2" })
        EXPECT_EQ(stand_ins.host_at(address(text)), "log") << text;
    for (auto const* text : { "240.0.0.0", "240.0.0.3", "241.0.0.1", "240.1.0.1", "100::", "100::3", "100::1:0:1",
             "100:0:1::1", "::1", "::f000:1" })
        EXPECT_EQ(stand_ins.host_at(address(text)), "") << text;
    EXPECT_EQ(StandIns().host_at(address("240.0.0.1")), "");
}

TEST(StandIns, what_the_file_says_of_many_is_what_they_have)
{
    std::vector<std::string> hosts;
    StandIns stand_ins;
    for (int i = 0; i < 600; ++i)
        hosts.push_back("host" + std::to_string(i));
    for (auto const& host : hosts)
        MUST(stand_ins.add(host));
    auto const file = file_of(stand_ins, "");
    size_t count = 0;
    for (size_t start = 0; start < file.size(); ++count) {
        auto const tab = file.find('\t', start), end = file.find('\n', start);
        EXPECT_EQ(
            stand_ins.host_at(address(file.substr(start, tab - start).c_str())), file.substr(tab + 1, end - tab - 1));
        start = end + 1;
    }
    EXPECT_EQ(count, 2 * hosts.size());
}

TEST(StandIns, the_file_says_nothing_else_of_them)
{
    auto const stand_ins = of({ "db.shop" });
    std::string const ours = "240.0.0.1\tdb.shop\n100::1\tdb.shop\n";
    EXPECT_EQ(file_of(stand_ins, ""), ours);
    EXPECT_EQ(file_of(stand_ins, "127.0.0.1\tlocalhost  here # db.shop\n\n# db.shop\n"),
        ours + "127.0.0.1\tlocalhost  here # db.shop\n\n# db.shop\n");
    EXPECT_EQ(file_of(stand_ins, "10.0.0.1 db.shop\n\t10.0.0.2\tDB.Shop # no\n10.0.0.3 a.db.shop"),
        ours + "10.0.0.3 a.db.shop\n");
    EXPECT_EQ(file_of(stand_ins, "10.0.0.1 log db.shop\tweb#x\n"), ours + "10.0.0.1 log web\n");
}

} // namespace farl
