#include "abi/sgx/measurement.h"
#include "host/platform/emulator/sha256.h"
#include "tests/support/sgx_vectors.h"

#include <gtest/gtest.h>

namespace farl::sgx {

namespace {

using Bytes = std::vector<std::byte>;

template <typename T>
T value_at(Bytes const& stream, size_t offset)
{
    T value;
    std::memcpy(&value, stream.data() + offset, sizeof(T));
    return value;
}

void append(Bytes& stream, std::span<std::byte const> bytes)
{
    stream.insert(stream.end(), bytes.begin(), bytes.end());
}

// The record at `offset` of the stream, made anew from what it says.
MeasurementRecord remake(Bytes const& stream, size_t offset)
{
    switch (value_at<uint32_t>(stream, offset)) {
    case 0x45524345: // "ECRE"
        return measurement::ecreate(value_at<uint32_t>(stream, offset + 8), value_at<uint64_t>(stream, offset + 12));
    case 0x44444145: { // "EADD"
        SecInfo info;
        info.flags = value_at<uint64_t>(stream, offset + 16);
        return measurement::eadd(value_at<uint64_t>(stream, offset + 8), info);
    }
    default:
        return measurement::eextend(value_at<uint64_t>(stream, offset + 8));
    }
}

} // namespace

TEST(Measurement, records_are_those_of_an_enclave_that_others_measured)
{
    auto const enclave = sgx_vectors::load();
    if (!enclave)
        GTEST_SKIP() << "no vectors in " FARL_TEST_VECTORS;
    Bytes made;
    while (made.size() < enclave->stream.size()) {
        auto const start = made.size();
        auto const record = remake(enclave->stream, start);
        append(made, record);
        if (record == measurement::eextend(value_at<uint64_t>(enclave->stream, start + 8)))
            append(made, std::span(enclave->stream).subspan(made.size(), kExtendSize));
    }
    EXPECT_EQ(made, enclave->stream);
    EXPECT_EQ(host::Sha256::of(made), enclave->signature.enclave_hash);
}

TEST(Measurement, permissions_of_a_tcs_do_not_count)
{
    EXPECT_EQ(
        measurement::eadd(0, SecInfo::of(PageType::Tcs, kPageRead | kPageWrite)), measurement::eadd(0, SecInfo::tcs()));
    EXPECT_NE(measurement::eadd(0, SecInfo::regular(kPageRead)), measurement::eadd(0, SecInfo::regular(kPageWrite)));
}

TEST(Measurement, of_a_run_is_page_by_page_and_continued_with_zeros)
{
    std::array<std::byte, kPageSize + 10> contents;
    contents.fill(std::byte { 7 });
    auto const info = SecInfo::regular(kPageRead);
    Bytes whole, pages;
    auto const into = [](Bytes& stream) { return [&](std::span<std::byte const> bytes) { append(stream, bytes); }; };
    measure_run({ { 0x5000, 3 * kPageSize }, info, contents }, 0x1000, into(whole));
    measure_run({ { 0x5000, kPageSize }, info, std::span(contents).first(kPageSize) }, 0x1000, into(pages));
    measure_run({ { 0x6000, kPageSize }, info, std::span(contents).last(10) }, 0x1000, into(pages));
    measure_run({ { 0x7000, kPageSize }, info, {} }, 0x1000, into(pages));
    EXPECT_EQ(whole, pages);
    EXPECT_EQ(whole.size(), 3 * (64 + 16 * (64 + kExtendSize)));
    EXPECT_EQ(value_at<uint64_t>(whole, 8), 0x4000u);
}

TEST(Measurement, an_unmeasured_run_counts_by_its_place_only)
{
    std::array<std::byte, kPageSize> contents {};
    Bytes stream;
    measure_run({ { 0x5000, kPageSize }, SecInfo::regular(kPageRead), contents, false }, 0,
        [&](std::span<std::byte const> bytes) { append(stream, bytes); });
    EXPECT_EQ(stream.size(), 64u);
}

} // namespace farl::sgx
