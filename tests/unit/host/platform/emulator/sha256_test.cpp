#include "host/platform/emulator/sha256.h"

#include <gtest/gtest.h>

namespace farl::host {

TEST(Sha256, current_does_not_end_the_hash)
{
    Sha256 hash;
    auto const empty = hash.current();
    hash.update(std::as_bytes(std::span("abc", 3)));
    auto const abc = hash.current();
    EXPECT_NE(empty, abc);
    EXPECT_EQ(abc, hash.current());
    // FIPS 180-4, example of SHA-256("abc")
    EXPECT_EQ(abc[0], std::byte { 0xBA });
    EXPECT_EQ(abc[31], std::byte { 0xAD });
    hash.update(std::as_bytes(std::span("def", 3)));
    EXPECT_EQ(hash.current(), Sha256::of(std::as_bytes(std::span("abcdef", 6))));
}

} // namespace farl::host
