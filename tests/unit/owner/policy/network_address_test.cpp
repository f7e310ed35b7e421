#include "owner/policy/network_address.h"

#include <gtest/gtest.h>

namespace farl::owner {

TEST(NetworkAddress, reads_addresses_and_networks_and_writes_them_in_one_way)
{
    for (auto const& [text, written] : { std::pair("192.0.2.1", "192.0.2.1/32"), std::pair("10.0.0.0/8", "10.0.0.0/8"),
             std::pair("0.0.0.0/0", "0.0.0.0/0"), std::pair("2001:0db8::/32", "2001:db8::/32"),
             std::pair("::1", "::1/128") })
        EXPECT_EQ(NetworkAddress::parse(text).value().text(), written);
}

TEST(NetworkAddress, refuses_anything_else)
{
    for (auto const* text : { "", "db", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/8 ", "1.2.3",
             "::1/64", "::/129" })
        EXPECT_FALSE(NetworkAddress::parse(text)) << text;
}

} // namespace farl::owner
