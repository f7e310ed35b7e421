#include "abi/formats/host_name.h"

#include <gtest/gtest.h>
#include <string>

namespace farl::formats {

TEST(HostName, takes_names_in_lower_case_and_nothing_that_could_be_an_address)
{
    for (auto const* name : { "db", "db.shop", "db-2.eu.shop", "3com.test", "xn--bcher-kva.example", "a.b.c.d" })
        EXPECT_TRUE(is_host_name(name)) << name;
    for (auto const* name : { "", ".", "db.", ".db", "db..shop", "-db", "db-", "db.-shop", "Db", "d_b", "d b", "db\n",
             "db:1", "10", "0x7f", "10.0.0.1", "127.1", "db.1", "::1", "localhost", "db.localhost" })
        EXPECT_FALSE(is_host_name(name)) << name;
    EXPECT_TRUE(is_host_name(std::string(63, 'a') + "." + std::string(63, 'b')));
    EXPECT_FALSE(is_host_name(std::string(64, 'a')));
    std::string longest = "a";
    while (longest.size() < 253)
        longest += ".a";
    EXPECT_TRUE(is_host_name(longest));
    EXPECT_FALSE(is_host_name("b" + longest));
}

} // namespace farl::formats
