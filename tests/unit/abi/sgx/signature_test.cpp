#include "abi/sgx/signature.h"

#include "tests/support/sgx_vectors.h"

#include <gtest/gtest.h>

namespace farl::sgx {

namespace {

class Signature : public testing::Test {
protected:
    void SetUp() override
    {
        auto loaded = sgx_vectors::load();
        if (!loaded)
            GTEST_SKIP() << "no vectors in " FARL_TEST_VECTORS;
        signature_ = loaded->signature;
    }

    sgx::SigStruct signature_;
};

} // namespace

TEST_F(Signature, of_an_enclave_that_others_signed_verifies)
{
    EXPECT_TRUE(is_well_formed(signature_));
    EXPECT_TRUE(is_signed(signature_));
}

TEST_F(Signature, no_byte_of_it_can_be_changed)
{
    auto* bytes = reinterpret_cast<uint8_t*>(&signature_);
    for (size_t i = 0; i < sizeof(signature_); ++i) {
        bytes[i] ^= 0x01;
        EXPECT_FALSE(is_well_formed(signature_) && is_signed(signature_)) << "byte " << i;
        bytes[i] ^= 0x01;
    }
    EXPECT_TRUE(is_signed(signature_));
}

TEST_F(Signature, numbers_beyond_the_modulus_are_refused)
{
    auto signature = signature_;
    signature.signature.fill(std::byte { 0xFF });
    EXPECT_FALSE(is_signed(signature));
    signature = signature_;
    signature.modulus.fill(std::byte { 0 });
    EXPECT_FALSE(is_signed(signature));
    signature.modulus.front() = std::byte { 1 };
    EXPECT_FALSE(is_signed(signature));
}

} // namespace farl::sgx
