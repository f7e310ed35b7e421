#include "owner/signer/enclave_signer.h"

#include "abi/sgx/signature.h"
#include "tests/unit/abi/sgx/elf_sample.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace farl::owner {

namespace {

// Making one takes a second.
SigningKey const& key()
{
    static auto const instance = MUST(SigningKey::generate());
    return instance;
}

sgx::Hash mrenclave_of(sgx::ElfSample const& sample)
{
    auto const file = sample.bytes();
    return MUST(measure(MUST(sgx::Image::parse(file))));
}

class KeyFile : public testing::Test {
protected:
    KeyFile()
    {
        char pattern[] = "/tmp/farl-signer-XXXXXX";
        EXPECT_NE(mkdtemp(pattern), nullptr);
        directory_ = pattern;
    }
    ~KeyFile() override { std::filesystem::remove_all(directory_); }
    std::string path() const { return directory_ + "/key.pem"; }

private:
    std::string directory_;
};

} // namespace

TEST(EnclaveSigner, the_same_image_has_the_same_measurement)
{
    EXPECT_EQ(mrenclave_of(sgx::ElfSample()), mrenclave_of(sgx::ElfSample()));
}

TEST(EnclaveSigner, every_property_of_a_segment_is_measured)
{
    auto const original = mrenclave_of(sgx::ElfSample());
    sgx::ElfSample sample;
    sample.header.e_entry += 1;
    EXPECT_NE(mrenclave_of(sample), original);
    sample = {};
    sample.programs[2].p_flags = PF_R;
    EXPECT_NE(mrenclave_of(sample), original);
    sample = {};
    sample.programs[2].p_memsz += 0x1000;
    EXPECT_NE(mrenclave_of(sample), original);
    sample = {};
    sample.programs[2].p_filesz -= 1;
    EXPECT_NE(mrenclave_of(sample), original);
}

TEST(EnclaveSigner, what_it_signs_verifies_and_states_the_identity)
{
    auto const mrenclave = mrenclave_of(sgx::ElfSample());
    auto const structure = sign_enclave(key(), { .mrenclave = mrenclave, .product_id = 3, .security_version = 9 });
    EXPECT_TRUE(sgx::is_well_formed(structure));
    EXPECT_TRUE(sgx::is_signed(structure));
    EXPECT_EQ(structure.enclave_hash, mrenclave);
    EXPECT_EQ(structure.isv_prod_id, 3);
    EXPECT_EQ(structure.isv_svn, 9);
    EXPECT_EQ(structure.attribute_mask.flags & sgx::kAttributeDebug, sgx::kAttributeDebug);
    EXPECT_EQ(structure.attributes.flags & sgx::kAttributeDebug, 0u);
}

TEST(EnclaveSigner, signing_again_gives_the_same_bytes)
{
    auto const first = sign_enclave(key(), {});
    auto const second = sign_enclave(key(), {});
    EXPECT_EQ(std::memcmp(&first, &second, sizeof(first)), 0);
}

TEST_F(KeyFile, a_saved_key_is_the_same_key_and_nobody_elses_to_read)
{
    ASSERT_TRUE(key().save(path()));
    auto const loaded = MUST(SigningKey::load(path()));
    EXPECT_EQ(loaded.modulus(), key().modulus());
    EXPECT_EQ(loaded.mrsigner(), key().mrsigner());
    struct stat status { };
    ASSERT_EQ(stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(KeyFile, a_key_is_never_overwritten)
{
    ASSERT_TRUE(key().save(path()));
    EXPECT_EQ(key().save(path()).error(), Errno::Eexist);
}

TEST_F(KeyFile, what_is_no_suitable_key_is_refused)
{
    EXPECT_EQ(SigningKey::load(path()).error(), Errno::Enoent);
    std::ofstream(path()) << "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    EXPECT_EQ(SigningKey::load(path()).error(), Errno::Einval);
    // Exponent 65537.
    auto const command = "openssl genrsa -out " + path() + " 3072 2>/dev/null";
    if (std::system(command.c_str()) != 0)
        GTEST_SKIP() << "no openssl program";
    EXPECT_EQ(SigningKey::load(path()).error(), Errno::Einval);
}

} // namespace farl::owner
