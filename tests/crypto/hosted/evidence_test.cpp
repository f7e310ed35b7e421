// Bytes of evidence against the examples of RFC 8949 and against the format written out by hand.
#include "enclave/attest/cbor.h"
#include "enclave/attest/evidence.h"

#include <gtest/gtest.h>
#include <string>

using namespace farl;

namespace {

std::string hex(std::span<std::byte const> bytes)
{
    std::string text;
    for (auto byte : bytes)
        for (auto digit : { std::to_integer<unsigned>(byte) >> 4, std::to_integer<unsigned>(byte) & 15 })
            text += "0123456789abcdef"[digit];
    return text;
}

template <typename Write>
std::string written(Write const& write)
{
    CborWriter writer;
    write(writer);
    return hex(writer.written());
}

TEST(CborWriter, writes_the_examples_of_its_standard)
{
    std::pair<uint64_t, char const*> const numbers[] = { { 0, "00" }, { 10, "0a" }, { 23, "17" }, { 24, "1818" },
        { 100, "1864" }, { 255, "18ff" }, { 256, "190100" }, { 1000, "1903e8" }, { 65536, "1a00010000" },
        { 1'000'000, "1a000f4240" }, { 1'000'000'000'000, "1b000000e8d4a51000" },
        { 18'446'744'073'709'551'615u, "1bffffffffffffffff" } };
    for (auto [number, bytes] : numbers)
        EXPECT_EQ(written([&](CborWriter& to) { MUST(to.number(number)); }), bytes);
    EXPECT_EQ(written([](CborWriter& to) { MUST(to.bytes({})); }), "40");
    EXPECT_EQ(written([](CborWriter& to) { MUST(to.text("IETF")); }), "6449455446");
    EXPECT_EQ(written([](CborWriter& to) { MUST(to.array(0)); }), "80");
    EXPECT_EQ(written([](CborWriter& to) { MUST(to.map(0)); }), "a0");
    EXPECT_EQ(written([](CborWriter& to) { MUST(to.tag(32)); }), "d820");
}

TEST(Evidence, is_a_tagged_pair_of_a_quote_and_the_claims_that_it_binds)
{
    P256PublicKey::Info key {};
    auto claims = MUST(make_claims(key));
    EXPECT_EQ(hex(claims.span()),
        "a16b" + hex(std::as_bytes(std::span("pubkey-hash", 11))) + "582482015820" + hex(Sha256::of(key)));
    auto data = report_data(claims.span());
    EXPECT_EQ(hex(data), hex(Sha256::of(claims.span())) + std::string(64, '0'));
    std::vector<std::byte> quote(300, std::byte { 0xcc });
    EXPECT_EQ(hex(MUST(make_evidence(quote, claims.span())).span()),
        "d9ea60"
        "82"
        "59012c"
            + hex(quote) + "5833" + hex(claims.span()));
}

} // namespace
