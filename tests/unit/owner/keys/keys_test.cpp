#include "owner/keys/ed25519_key.h"
#include "owner/keys/master_key.h"
#include "owner/launch/user_error.h"
#include "tests/unit/owner/launch/temporary_directory.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace farl::owner {

TEST(MasterKey, opens_what_it_sealed_in_the_same_context_only)
{
    auto key = MasterKey::generate();
    for (std::string_view text : { "", "a", "some longer text with a secret in it" }) {
        auto sealed = key.seal(text, "here");
        ASSERT_TRUE(key.open(sealed, "here"));
        EXPECT_EQ(key.open(sealed, "here")->reveal(), text);
        EXPECT_FALSE(key.open(sealed, "there"));
        EXPECT_FALSE(MasterKey::generate().open(sealed, "here"));
        EXPECT_NE(key.seal(text, "here"), sealed);
    }
}

TEST(MasterKey, notices_every_changed_and_every_missing_byte)
{
    auto key = MasterKey::generate();
    auto const sealed = key.seal("secret", "context");
    for (size_t i = 0; i < sealed.size(); ++i) {
        auto changed = sealed;
        changed[i] ^= std::byte { 1 };
        EXPECT_FALSE(key.open(changed, "context")) << i;
        EXPECT_FALSE(key.open(std::span(sealed).first(i), "context")) << i;
    }
}

TEST(MasterKey, is_made_once_in_a_file_for_its_owner)
{
    TemporaryDirectory directory;
    auto path = directory.path() + "/master.key";
    auto sealed = MasterKey::load_or_create(path).seal("text", "context");
    EXPECT_TRUE(MasterKey::load_or_create(path).open(sealed, "context"));
    struct stat status;
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1) << "something is left over";

    chmod(path.c_str(), 0640);
    EXPECT_THROW(MasterKey::load_or_create(path), UserError);
    directory.write("short.key", "too short", 0600);
    EXPECT_THROW(MasterKey::load_or_create(directory.path() + "/short.key"), UserError);
    EXPECT_THROW(MasterKey::load_or_create("/no/such/directory/key"), UserError);
}

TEST(Ed25519Key, is_saved_and_loaded_and_never_overwritten)
{
    TemporaryDirectory directory;
    auto path = directory.path() + "/alice.pem";
    auto key = Ed25519Key::generate();
    key.save(path);
    EXPECT_EQ(Ed25519Key::load(path).point(), key.point());
    EXPECT_EQ(Ed25519Key::from_seed(key.seed()).point(), key.point());
    EXPECT_THROW(Ed25519Key::generate().save(path), UserError);
    EXPECT_EQ(Ed25519Key::load(path).point(), key.point());
    directory.write("text", "no key", 0600);
    EXPECT_THROW(Ed25519Key::load(directory.path() + "/text"), UserError);
    EXPECT_THROW(Ed25519Key::load(directory.path() + "/absent"), UserError);
}

TEST(Ed25519Key, signs_what_only_it_can_sign)
{
    auto key = Ed25519Key::generate();
    auto const signature = key.sign("message");
    EXPECT_TRUE(is_signed_by(key.point(), "message", signature));
    EXPECT_FALSE(is_signed_by(key.point(), "massage", signature));
    EXPECT_FALSE(is_signed_by(Ed25519Key::generate().point(), "message", signature));
    EXPECT_FALSE(is_signed_by({}, "message", signature));
    for (size_t i = 0; i < 8 * signature.size(); ++i) {
        auto changed = signature;
        changed[i / 8] ^= std::byte { 1 } << (i % 8);
        EXPECT_FALSE(is_signed_by(key.point(), "message", changed)) << i;
    }
}

} // namespace farl::owner
