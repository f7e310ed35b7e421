// What the vectors do not say: keys as types, sizes, memory that is used twice.
#include "enclave/crypto/aes_gcm.h"
#include "enclave/crypto/p256.h"
#include "enclave/crypto/random.h"
#include "enclave/crypto/sha256.h"
#include "enclave/crypto/wide/wide_gcm.h"
#include "tests/crypto/hosted/stand_ins.h"

#include <gtest/gtest.h>
#include <vector>

using namespace farl;

namespace {

template <typename T>
constexpr bool kIsNeverCopied = !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;
static_assert(kIsNeverCopied<Secret<32>> && kIsNeverCopied<AesGcm> && kIsNeverCopied<Sha256>);
static_assert(kIsNeverCopied<P256PrivateKey>);

std::span<std::byte const> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

AesGcm::Key random_key()
{
    AesGcm::Key key;
    fill_random(key.bytes().data(), key.bytes().size());
    return key;
}

template <typename T>
bool is_zero(T const& object, size_t size = sizeof(T))
{
    auto const* bytes = reinterpret_cast<uint8_t const*>(&object);
    return std::all_of(bytes, bytes + size, [](uint8_t byte) { return byte == 0; });
}

// Destroys an object in place, so that what is left of it can be looked at.
template <typename T, typename... Arguments>
bool leaves_zeros(Arguments&&... arguments)
{
    alignas(T) static unsigned char memory[sizeof(T)];
    auto* object = new (memory) T(std::forward<Arguments>(arguments)...);
    EXPECT_FALSE(is_zero(memory));
    object->~T();
    return is_zero(memory);
}

TEST(Secret, is_wiped_at_its_end_and_where_it_moved_from)
{
    auto key = random_key();
    EXPECT_TRUE(leaves_zeros<AesGcm::Key>(std::move(key)));
    EXPECT_TRUE(is_zero(key));
    auto other = random_key();
    key = std::move(other);
    EXPECT_TRUE(is_zero(other));
    EXPECT_FALSE(is_zero(key));
}

TEST(Secret, of_a_key_or_a_hash_in_use_is_wiped_too)
{
    EXPECT_TRUE(leaves_zeros<AesGcm>(random_key()));
    EXPECT_TRUE(leaves_zeros<Sha256>());
}

TEST(AesGcm, opens_what_it_sealed_in_place_at_every_length)
{
    AesGcm gcm(random_key());
    AesGcm::Nonce nonce {};
    AesGcm::Tag tag;
    for (size_t size = 0; size < 1100; ++size) {
        std::vector<std::byte> buffer(size, std::byte { 7 });
        ASSERT_TRUE(gcm.seal(nonce, {}, buffer, buffer, tag).is_ok());
        EXPECT_EQ(size < 16 || buffer[size / 2] != std::byte { 7 } || buffer[size / 3] != std::byte { 7 }, true);
        ASSERT_TRUE(gcm.open(nonce, {}, buffer, tag, buffer).is_ok());
        ASSERT_EQ(buffer, std::vector<std::byte>(size, std::byte { 7 }));
    }
}

struct Sealed {
    std::vector<std::byte> bytes;
    AesGcm::Tag tag;
    bool operator==(Sealed const&) const = default;
};

Sealed sealed_by(AesGcm const& gcm, AesGcm::Nonce const& nonce, std::span<std::byte const> additional,
    std::span<std::byte const> text)
{
    Sealed sealed { std::vector<std::byte>(text.size()), {} };
    EXPECT_TRUE(gcm.seal(nonce, additional, text, sealed.bytes, sealed.tag).is_ok());
    return sealed;
}

TEST(AesGcm, seals_the_same_with_wide_registers_and_without)
{
    crypto_test::allow_wide_gcm(true);
    if (!has_wide_gcm())
        GTEST_SKIP() << "this processor has no VAES on registers of 64 bytes";
    std::vector<std::byte> text(9000), opened(text.size());
    fill_random(text.data(), text.size());
    for (size_t size = 0; size < text.size(); size += size < 1100 ? 1 : 97) {
        auto const key = random_key();
        AesGcm const wide(key);
        crypto_test::allow_wide_gcm(false);
        AesGcm const narrow(key);
        crypto_test::allow_wide_gcm(true);
        AesGcm::Nonce nonce;
        fill_random(nonce.data(), nonce.size());
        auto const additional = std::span(text).first(size * 7 % 300);
        auto const plain = std::span(text).first(size);
        auto const sealed = sealed_by(wide, nonce, additional, plain);
        ASSERT_EQ(sealed, sealed_by(narrow, nonce, additional, plain)) << size;
        ASSERT_TRUE(wide.open(nonce, additional, sealed.bytes, sealed.tag, std::span(opened).first(size)).is_ok());
        ASSERT_TRUE(std::equal(plain.begin(), plain.end(), opened.begin())) << size;
    }
}

TEST(AesGcm, gives_no_plaintext_if_anything_was_changed)
{
    AesGcm gcm(random_key());
    AesGcm::Nonce nonce {};
    AesGcm::Tag tag;
    auto text = bytes_of("forty-two bytes that the host would rather see");
    auto additional = bytes_of("file 7, block 3");
    std::vector<std::byte> sealed(text.size()), opened(text.size(), std::byte { 1 });
    ASSERT_TRUE(gcm.seal(nonce, additional, text, sealed, tag).is_ok());
    for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        auto changed = sealed;
        changed[bit / 8] ^= std::byte(1 << bit % 8);
        ASSERT_EQ(gcm.open(nonce, additional, changed, tag, opened).error(), Errno::Ebadmsg);
        ASSERT_TRUE(is_zero(opened[0], opened.size()));
    }
    for (size_t bit = 0; bit < tag.size() * 8; ++bit) {
        auto changed = tag;
        changed[bit / 8] ^= std::byte(1 << bit % 8);
        ASSERT_EQ(gcm.open(nonce, additional, sealed, changed, opened).error(), Errno::Ebadmsg);
    }
    EXPECT_EQ(gcm.open(nonce, additional.first(14), sealed, tag, opened).error(), Errno::Ebadmsg);
    EXPECT_EQ(gcm.open({ std::byte { 1 } }, additional, sealed, tag, opened).error(), Errno::Ebadmsg);
    EXPECT_EQ(AesGcm(random_key()).open(nonce, additional, sealed, tag, opened).error(), Errno::Ebadmsg);
}

TEST(AesGcm, refuses_sizes_that_differ_and_memory_that_overlaps)
{
    AesGcm gcm(random_key());
    AesGcm::Tag tag;
    std::vector<std::byte> buffer(64);
    std::span all(buffer);
    EXPECT_EQ(gcm.seal({}, {}, all, all.first(63), tag).error(), Errno::Einval);
    EXPECT_EQ(gcm.open({}, {}, all.first(63), tag, all).error(), Errno::Einval);
    EXPECT_EQ(gcm.seal({}, {}, all.first(63), all.last(63), tag).error(), Errno::Einval);
}

TEST(Sha256, hashes_in_parts_as_at_once)
{
    std::vector<std::byte> message(1000, std::byte { 'a' });
    for (size_t part = 0; part <= message.size(); part += 37) {
        Sha256 hash;
        hash.update(std::span(message).first(part));
        hash.update(std::span(message).subspan(part));
        EXPECT_EQ(hash.finish(), Sha256::of(message));
    }
    constexpr uint8_t kAbc[] = { 0xba, 0x78, 0x16, 0xbf }; // FIPS 180-4's example
    EXPECT_EQ(memcmp(Sha256::of(bytes_of("abc")).data(), kAbc, sizeof(kAbc)), 0);
}

TEST(Hkdf, refuses_more_than_it_can_derive)
{
    std::vector<std::byte> output(255 * 32 + 1);
    EXPECT_TRUE(hkdf_sha256(std::span(output).first(255 * 32), {}, {}, {}).is_ok());
    EXPECT_EQ(hkdf_sha256(output, {}, {}, {}).error(), Errno::Einval);
}

TEST(P256, verifies_what_it_signed_and_nothing_else)
{
    auto key = MUST(P256PrivateKey::generate());
    auto other = MUST(P256PrivateKey::generate());
    auto public_key = MUST(P256PublicKey::create(MUST(key.public_point())));
    auto signature = MUST(key.sign(bytes_of("message")));
    EXPECT_TRUE(public_key.verify(bytes_of("message"), signature.bytes()).is_ok());
    EXPECT_EQ(public_key.verify(bytes_of("massage"), signature.bytes()).error(), Errno::Ebadmsg);
    EXPECT_EQ(
        public_key.verify(bytes_of("message"), MUST(other.sign(bytes_of("message"))).bytes()).error(), Errno::Ebadmsg);
}

TEST(P256, agrees_from_both_sides)
{
    auto one = MUST(P256PrivateKey::generate()), two = MUST(P256PrivateKey::generate());
    auto here = MUST(one.agree(MUST(P256PublicKey::create(MUST(two.public_point())))));
    auto there = MUST(two.agree(MUST(P256PublicKey::create(MUST(one.public_point())))));
    EXPECT_TRUE(is_equal_secretly(here.bytes(), there.bytes()));
    EXPECT_FALSE(is_equal_secretly(here.bytes(), here.bytes().first(31)));
}

TEST(P256, refuses_scalars_and_points_that_are_none)
{
    P256PrivateKey::Scalar scalar; // zero
    EXPECT_EQ(P256PrivateKey::create(scalar).error(), Errno::Einval);
    memset(scalar.bytes().data(), 0xff, 32); // beyond the order
    EXPECT_EQ(P256PrivateKey::create(scalar).error(), Errno::Einval);
    auto point = MUST(MUST(P256PrivateKey::generate()).public_point());
    EXPECT_EQ(P256PublicKey::create(std::span(point).first(64)).error(), Errno::Einval);
    point[64] ^= std::byte { 1 };
    EXPECT_EQ(P256PublicKey::create(point).error(), Errno::Einval);
}

} // namespace
