#include "abi/formats/credentials.h"

#include "tests/unit/abi/formats/block_samples.h"

#include <gtest/gtest.h>

namespace farl::formats {

namespace {

constexpr NetworkRuleHeader kPlain { .direction = NetworkDirection::Listen,
    .mode = NetworkRuleMode::Plain,
    .flags = 0,
    .prefix_bits = 0,
    .port = 80,
    .family = NetworkFamily::Any };
constexpr std::string_view kDue("\7\0\0", 4);

BlockSample sample() { return BlockSample(kCredentials); }

std::string_view rule() { return { reinterpret_cast<char const*>(&kPlain), sizeof(kPlain) }; }

std::string keys(size_t count) { return std::string(count * kTicketKeySize, 'k'); }

bool is_accepted(std::vector<std::byte> const& block)
{
    return in_exact_memory(block, [](Bytes bytes) { return Credentials::parse(bytes).is_ok(); });
}

bool accepts(BlockSample const& sample) { return is_accepted(sample.block()); }

} // namespace

TEST(Credentials, gives_back_what_was_written)
{
    auto const block = sample()
                           .add(CredentialRecord::NetworkRule, rule())
                           .add(CredentialRecord::NetworkRule, rule())
                           .add(CredentialRecord::TicketKeys, keys(3))
                           .add(CredentialRecord::CredentialsDue, kDue)
                           .block();
    auto const credentials = MUST(Credentials::parse(block));
    size_t count = 0;
    for (auto payload : credentials.network_rules()) {
        EXPECT_EQ(as_network_rule(payload).header.port, 80u);
        ++count;
    }
    EXPECT_EQ(count, 2u);
    EXPECT_EQ(as_text(credentials.ticket_keys()), keys(3));
    EXPECT_EQ(credentials.due_seconds(), 7u);

    auto const nothing = sample().block();
    EXPECT_TRUE(MUST(Credentials::parse(nothing)).ticket_keys().empty());
    EXPECT_EQ(MUST(Credentials::parse(nothing)).due_seconds(), 0u);
}

TEST(Credentials, refuses_truncations_what_follows_and_records_that_are_wrong)
{
    auto block =
        sample().add(CredentialRecord::TicketKeys, keys(1)).add(CredentialRecord::CredentialsDue, kDue).block();
    ASSERT_TRUE(is_accepted(block));
    for (size_t size = 0; size < block.size(); ++size)
        EXPECT_FALSE(is_accepted({ block.begin(), block.begin() + static_cast<ptrdiff_t>(size) })) << size;
    block.resize(block.size() + 8);
    EXPECT_FALSE(is_accepted(block));

    EXPECT_TRUE(accepts(sample().add(CredentialRecord::TicketKeys, keys(kMostTicketKeys))));
    EXPECT_FALSE(accepts(sample().add(CredentialRecord::TicketKeys, keys(kMostTicketKeys + 1))));
    EXPECT_FALSE(accepts(sample().add(CredentialRecord::TicketKeys, "")));
    EXPECT_FALSE(accepts(sample().add(CredentialRecord::TicketKeys, keys(1) + "k")));
    EXPECT_FALSE(
        accepts(sample().add(CredentialRecord::TicketKeys, keys(1)).add(CredentialRecord::TicketKeys, keys(1))));
    EXPECT_FALSE(accepts(sample().add(CredentialRecord::CredentialsDue, std::string(4, '\0'))));
    EXPECT_FALSE(
        accepts(sample().add(CredentialRecord::CredentialsDue, kDue).add(CredentialRecord::CredentialsDue, kDue)));
    EXPECT_FALSE(accepts(sample().add(CredentialRecord::NetworkRule, rule().substr(1))));
    EXPECT_FALSE(accepts(sample().add(1, "/")));
}

} // namespace farl::formats
