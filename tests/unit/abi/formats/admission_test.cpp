#include "abi/formats/admission.h"

#include "tests/unit/abi/formats/block_samples.h"

#include <gtest/gtest.h>

namespace farl::formats {

namespace {

bool is_request(std::vector<std::byte> const& block)
{
    return in_exact_memory(block, [](Bytes bytes) { return parse_request(bytes).is_ok(); });
}

bool is_sound_denial(std::vector<std::byte> const& block)
{
    return in_exact_memory(block, [](Bytes bytes) { return parse_denial(bytes).is_ok(); });
}

} // namespace

TEST(Admission, request_and_denial_say_what_was_written)
{
    std::vector<std::byte> request(request_size("shop/front"));
    write_request(request, "shop/front");
    EXPECT_EQ(MUST(parse_request(request)), "shop/front");
    EXPECT_FALSE(is_denial(request));
    EXPECT_FALSE(is_renewal(request));
    write_request(request, "shop/front", kRenewal);
    EXPECT_TRUE(is_renewal(request));
    EXPECT_EQ(MUST(parse_request(request, kRenewal)), "shop/front");
    EXPECT_TRUE(parse_request(request).is_error());

    Denial const denial { "wrong-mrenclave", "it is another enclave" };
    std::vector<std::byte> answer(denial_size(denial));
    write_denial(answer, denial);
    auto read = MUST(parse_denial(answer));
    EXPECT_EQ(read.reason, denial.reason);
    EXPECT_EQ(read.explanation, denial.explanation);
    EXPECT_TRUE(is_denial(answer));
}

TEST(Admission, refuses_truncations_and_what_follows)
{
    auto request = BlockSample(kRequest).add(RequestRecord::Service, "a/b").block();
    auto denial = BlockSample(kDenial).add(DenialRecord::Reason, "r").add(DenialRecord::Explanation, "e").block();
    ASSERT_TRUE(is_request(request) && is_sound_denial(denial));
    for (size_t size = 0; size < request.size(); ++size)
        EXPECT_FALSE(is_request({ request.begin(), request.begin() + static_cast<ptrdiff_t>(size) })) << size;
    for (size_t size = 0; size < denial.size(); ++size)
        EXPECT_FALSE(is_sound_denial({ denial.begin(), denial.begin() + static_cast<ptrdiff_t>(size) })) << size;
    request.resize(request.size() + 8);
    denial.resize(denial.size() + 8);
    EXPECT_FALSE(is_request(request) || is_sound_denial(denial));
}

TEST(Admission, refuses_what_is_missing_repeated_unknown_or_not_printable)
{
    EXPECT_FALSE(is_request(BlockSample(kRequest).block()));
    EXPECT_FALSE(is_request(BlockSample(kRequest).add(RequestRecord::Service, "").block()));
    EXPECT_FALSE(
        is_request(BlockSample(kRequest).add(RequestRecord::Service, "a").add(RequestRecord::Service, "b").block()));
    EXPECT_FALSE(is_request(BlockSample(kRequest).add(RequestRecord::Service, "a\nb").block()));
    EXPECT_FALSE(is_request(BlockSample(kRequest).add(2, "a").block()));

    auto denial = [] { return BlockSample(kDenial).add(DenialRecord::Reason, "r"); };
    EXPECT_FALSE(is_sound_denial(denial().block()));
    EXPECT_FALSE(is_sound_denial(BlockSample(kDenial).add(DenialRecord::Explanation, "e").block()));
    EXPECT_FALSE(is_sound_denial(denial().add(DenialRecord::Explanation, "\x1b[2J").block()));
    EXPECT_FALSE(is_sound_denial(denial().add(DenialRecord::Explanation, "e").add(DenialRecord::Reason, "r").block()));
    EXPECT_FALSE(is_sound_denial(denial().add(DenialRecord::Explanation, "e").add(3, "x").block()));
    EXPECT_TRUE(is_sound_denial(denial().add(DenialRecord::Explanation, "gesch\xc3\xbctzt").block()));
}

} // namespace farl::formats
