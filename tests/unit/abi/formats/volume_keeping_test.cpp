#include "abi/formats/volume_keeping.h"

#include "tests/unit/abi/formats/block_samples.h"

#include <gtest/gtest.h>

namespace farl::formats {

namespace {

KeepRequest sample_request()
{
    return { .service = "shop/front", .volume = "data", .sequence = 9, .tag = { std::byte { 1 } }, .is_last = true };
}

std::vector<std::byte> written(KeepRequest const& request)
{
    std::vector<std::byte> block(keep_request_size(request));
    write_keep_request(block, request);
    return block;
}

bool is_request(std::vector<std::byte> const& block)
{
    return in_exact_memory(block, [](Bytes bytes) { return parse_keep_request(bytes).is_ok(); });
}

bool is_answer(std::vector<std::byte> const& block)
{
    return in_exact_memory(block, [](Bytes bytes) { return parse_kept(bytes).is_ok(); });
}

std::string state(std::string_view name, uint32_t is_last = 0, uint32_t reserved = 0)
{
    VolumeStateHeader header { .sequence = 1, .tag = {}, .is_last = is_last, .reserved = reserved };
    return std::string(reinterpret_cast<char const*>(&header), sizeof(header)).append(name);
}

} // namespace

TEST(VolumeKeeping, request_and_answer_say_what_was_written)
{
    auto const block = written(sample_request());
    auto const request = MUST(parse_keep_request(block));
    EXPECT_EQ(request.service, "shop/front");
    EXPECT_EQ(request.volume, "data");
    EXPECT_EQ(request.sequence, 9u);
    EXPECT_EQ(request.tag, sample_request().tag);
    EXPECT_TRUE(request.is_last);
    EXPECT_TRUE(is_keep_request(block));

    std::vector<std::byte> answer(kept_size());
    write_kept(answer, 30);
    EXPECT_EQ(MUST(parse_kept(answer)), 30u);
    EXPECT_FALSE(is_keep_request(answer));
}

TEST(VolumeKeeping, refuses_or_represents_every_mutation_of_a_byte_and_refuses_truncations_and_what_follows)
{
    auto const original = written(sample_request());
    for (size_t position = 0; position < original.size(); ++position) {
        for (unsigned value = 0; value < 256; ++value) {
            auto mutant = original;
            mutant[position] = static_cast<std::byte>(value);
            auto request = parse_keep_request(mutant);
            if (request.is_ok()) {
                EXPECT_EQ(written(request.value()), mutant) << position << " " << value;
            }
        }
    }
    std::vector<std::byte> answer(kept_size());
    write_kept(answer, 30);
    for (size_t size = 0; size < original.size(); ++size)
        EXPECT_FALSE(is_request({ original.begin(), original.begin() + static_cast<ptrdiff_t>(size) })) << size;
    for (size_t size = 0; size < answer.size(); ++size)
        EXPECT_FALSE(is_answer({ answer.begin(), answer.begin() + static_cast<ptrdiff_t>(size) })) << size;
    auto longer = original;
    longer.resize(longer.size() + 8);
    answer.resize(answer.size() + 8);
    EXPECT_FALSE(is_request(longer) || is_answer(answer));
}

TEST(VolumeKeeping, refuses_what_is_missing_repeated_unknown_or_no_name)
{
    auto with = [] { return BlockSample(kKeepRequest).add(KeepRecord::Service, "a/b"); };
    EXPECT_TRUE(is_request(with().add(KeepRecord::State, state("v")).block()));
    EXPECT_FALSE(is_request(with().block()));
    EXPECT_FALSE(is_request(BlockSample(kKeepRequest).add(KeepRecord::State, state("v")).block()));
    EXPECT_FALSE(is_request(with().add(KeepRecord::State, state("v")).add(KeepRecord::State, state("v")).block()));
    EXPECT_FALSE(is_request(with().add(KeepRecord::Service, "a/b").add(KeepRecord::State, state("v")).block()));
    EXPECT_FALSE(is_request(with().add(KeepRecord::State, state("v")).add(3, "").block()));
    for (auto name : { "", "a/b", "a\n", ".." })
        EXPECT_FALSE(is_request(with().add(KeepRecord::State, state(name)).block())) << name;
    EXPECT_FALSE(is_request(with().add(KeepRecord::State, state("v", 2)).block()));
    EXPECT_FALSE(is_request(with().add(KeepRecord::State, state("v", 0, 1)).block()));

    EXPECT_FALSE(is_answer(BlockSample(kKept).block()));
    EXPECT_FALSE(is_answer(BlockSample(kKept).add(KeptRecord::Lease, "123").block()));
    EXPECT_FALSE(is_answer(BlockSample(kKept).add(KeptRecord::Lease, "1234").add(KeptRecord::Lease, "1234").block()));
    EXPECT_FALSE(is_answer(BlockSample(kKept).add(2, "1234").block()));
}

} // namespace farl::formats
