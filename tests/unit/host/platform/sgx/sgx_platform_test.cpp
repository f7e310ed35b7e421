// Whether this machine's SGX can be used, and the real enclave through the driver.
#include "host/platform/sgx/sgx_platform.h"

#include "abi/sgx/image.h"
#include "host/platform/sgx/linux_driver.h"
#include "owner/signer/enclave_signer.h"
#include "tests/support/fake_sgx_driver.h"

#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace farl::host {

namespace {

std::string told;

void keep(std::string const& line) { told += line + "\n"; }

class SgxPlatformTest : public testing::Test {
protected:
    SgxPlatformTest() { told.clear(); }

    Errno refusal() { return SgxPlatform::create(driver, keep).error(); }

    FakeSgxDriver driver;
};

std::vector<char> contents_of(std::string const& path)
{
    std::ifstream file(path, std::ios::binary);
    return { std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>() };
}

} // namespace

TEST_F(SgxPlatformTest, a_machine_that_has_everything_is_taken)
{
    driver.features_.xfrm = 0xE7;
    auto platform = SgxPlatform::create(driver, keep);
    ASSERT_TRUE(platform.is_ok());
    EXPECT_EQ(platform.value()->supported_xfrm(), 0xE7u);
    EXPECT_EQ(driver.open_descriptors(), 0u);
    EXPECT_TRUE(told.empty());
}

TEST_F(SgxPlatformTest, each_reason_against_it_is_told_with_what_to_do)
{
    driver.fail_open(kEnclaveDevice, Errno::Enoent);
    EXPECT_EQ(refusal(), Errno::Enoent);
    EXPECT_NE(told.find("CONFIG_X86_SGX"), std::string::npos) << told;
    driver.fail_open(kEnclaveDevice, Errno::Eacces);
    EXPECT_EQ(refusal(), Errno::Eacces);
    EXPECT_NE(told.find("member of the group"), std::string::npos) << told;
    driver.fail_open(kEnclaveDevice, Errno::Enodev);
    EXPECT_EQ(refusal(), Errno::Enodev);
    EXPECT_NE(told.find("firmware"), std::string::npos) << told;
}

TEST_F(SgxPlatformTest, a_processor_without_dynamic_memory_is_not_taken)
{
    driver.features_.has_sgx2 = false;
    EXPECT_EQ(refusal(), Errno::Enodev);
    EXPECT_NE(told.find("SGX2"), std::string::npos) << told;
}

// What this machine has decides, but nothing may crash, and a refusal has its line.
TEST_F(SgxPlatformTest, the_real_driver_answers)
{
    LinuxDriver real;
    auto platform = SgxPlatform::create(real, keep);
    EXPECT_EQ(platform.is_ok(), told.empty()) << told;
}

TEST_F(SgxPlatformTest, the_stream_of_pages_of_farl_enclave_has_the_measurement_that_was_signed)
{
    auto const file = contents_of(FARL_TEST_ENCLAVE);
    auto const signature_file = contents_of(FARL_TEST_ENCLAVE ".sigstruct");
    if (file.empty())
        GTEST_SKIP() << "built without an enclave";
    ASSERT_EQ(signature_file.size(), sizeof(sgx::SigStruct));
    sgx::SigStruct signature;
    std::memcpy(&signature, signature_file.data(), sizeof(signature));
    auto const image = MUST(sgx::Image::parse(std::as_bytes(std::span(file))));

    driver.features_.xfrm = 7;
    auto platform = MUST(SgxPlatform::create(driver, keep));
    auto enclave = MUST(platform->create({ .range = { sgx::kEnclaveBase, sgx::kEnclaveSize },
        .attributes = { signature.attributes.flags, platform->supported_xfrm() },
        .ssa_frame_pages = sgx::kSsaFramePages }));
    ASSERT_TRUE(image.for_each_run([&](PageRun const& run) { return enclave->add(run); }).is_ok()) << told;
    ASSERT_TRUE(enclave->initialise(signature, image.enclu_sites()).is_ok()) << told;
    EXPECT_EQ(driver.measurement(), signature.enclave_hash);
    EXPECT_EQ(driver.measurement(), MUST(owner::measure(image)));
}

} // namespace farl::host
