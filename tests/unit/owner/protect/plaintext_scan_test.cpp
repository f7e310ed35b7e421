#include "owner/protect/plaintext_scan.h"

#include <gtest/gtest.h>
#include <random>

namespace farl::owner {

namespace {

std::string random_text(size_t size, unsigned seed)
{
    std::mt19937 random(seed);
    std::string text(size, '\0');
    for (auto& c : text)
        c = static_cast<char>(random());
    return text;
}

std::span<std::byte const> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

// Scans that know `secret` as /secret, which they were told in pieces of this size.
PlaintextScan scan_for(std::string_view secret, size_t piece = 1000)
{
    PlaintextScan scan(secret.size());
    scan.begin_secret("/secret");
    for (; !secret.empty(); secret.remove_prefix(std::min(piece, secret.size())))
        scan.add_secret(bytes_of(secret.substr(0, piece)));
    scan.end_secret();
    return scan;
}

bool finds(PlaintextScan scan, std::string_view stream, size_t piece = 777)
{
    scan.begin_stream();
    for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size())))
        scan.look_at(bytes_of(stream.substr(0, piece)));
    return !scan.found().empty();
}

} // namespace

TEST(PlaintextScan, finds_a_secret_wherever_it_lies)
{
    auto const secret = random_text(20'000, 1), other = random_text(50'000, 2);
    auto const scan = scan_for(secret);
    for (size_t at : { 0, 1, 31, 4095, 50'000 })
        EXPECT_TRUE(finds(scan, std::string(other).insert(at, secret))) << at;
    EXPECT_FALSE(finds(scan, other));
}

TEST(PlaintextScan, finds_a_run_of_4_KiB_from_anywhere_in_it)
{
    auto const secret = random_text(20'000, 3);
    auto const scan = scan_for(secret);
    for (size_t at : { 0, 1, 100, 8191, 15'000 })
        EXPECT_TRUE(finds(scan, random_text(333, 4) + secret.substr(at, 4096 + 31))) << at;
    EXPECT_FALSE(finds(scan, secret.substr(0, 64))) << "a few bytes are in many files";
}

TEST(PlaintextScan, the_sizes_of_pieces_do_not_matter)
{
    auto const secret = random_text(9'000, 5);
    for (size_t piece : { 1, 31, 32, 33, 9'000 }) {
        EXPECT_TRUE(finds(scan_for(secret, piece), "x" + secret, 1)) << piece;
        EXPECT_TRUE(finds(scan_for(secret), "x" + secret, piece)) << piece;
    }
}

TEST(PlaintextScan, finds_all_of_a_small_secret_and_no_less)
{
    for (size_t size : { 16, 20, 31, 32, 33, 100, 1000 }) {
        auto const secret = random_text(size, 6);
        auto const around = random_text(5'000, 7);
        for (size_t piece : { 1, 7, 5000 })
            EXPECT_TRUE(finds(scan_for(secret), around.substr(0, 999) + secret + around, piece)) << size;
        EXPECT_FALSE(finds(scan_for(secret), around)) << size;
    }
    auto const secret = random_text(31, 8);
    EXPECT_FALSE(finds(scan_for(secret), secret.substr(0, 30)));
    EXPECT_FALSE(finds(scan_for("password"), "a password")) << "below 16 bytes nothing is known of a secret";
}

TEST(PlaintextScan, bytes_that_are_everywhere_say_nothing)
{
    EXPECT_FALSE(finds(scan_for(std::string(20'000, '\0')), std::string(20'000, '\0')));
    EXPECT_TRUE(finds(scan_for(std::string(8'000, '\0') + random_text(4'200, 9)), random_text(4'200, 9)));
}

TEST(PlaintextScan, streams_do_not_continue_each_other)
{
    auto const secret = random_text(25, 10);
    auto scan = scan_for(secret);
    for (auto part : { secret.substr(0, 12), secret.substr(12) }) {
        scan.begin_stream();
        scan.look_at(bytes_of(part));
    }
    EXPECT_TRUE(scan.found().empty());
}

TEST(PlaintextScan, names_the_secrets_that_are_found)
{
    PlaintextScan scan(10'000);
    for (unsigned seed : { 11, 12, 13 }) {
        scan.begin_secret("/" + std::to_string(seed));
        scan.add_secret(bytes_of(random_text(3'000, seed)));
        scan.end_secret();
    }
    scan.begin_stream();
    scan.look_at(bytes_of(random_text(3'000, 13)));
    scan.look_at(bytes_of(random_text(3'000, 11)));
    EXPECT_EQ(scan.found(), (std::vector<std::string> { "/11", "/13" }));
}

TEST(PlaintextScan, a_huge_secret_is_still_found_by_a_copy_of_it)
{
    auto const piece = random_text(1 << 20, 14);
    PlaintextScan scan(40ull << 30); // fingerprints lie wider apart the more there is
    scan.begin_secret("/huge");
    scan.add_secret(bytes_of(piece));
    scan.end_secret();
    scan.begin_stream();
    scan.look_at(bytes_of("x" + piece));
    EXPECT_EQ(scan.found().size(), 1u);
}

} // namespace farl::owner
