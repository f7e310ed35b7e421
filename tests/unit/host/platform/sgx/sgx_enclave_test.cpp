// Building an enclave on the SGX driver: every structure, in order, and what the driver may answer.
#include "host/platform/sgx/sgx_enclave.h"

#include "abi/sgx/image.h"
#include "abi/sgx/measurement.h"
#include "host/platform/sgx/sgx_platform.h"
#include "tests/support/fake_sgx_driver.h"
#include "tests/unit/abi/sgx/elf_sample.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace farl::host {

using sgx::SecInfo;

namespace {

constexpr Range kRange { 1ull << 32, 1ull << 30 };
constexpr uint64_t kReadWrite = sgx::kPageRead | sgx::kPageWrite;

std::string told;

void keep(std::string const& line) { told += line + "\n"; }

EnclaveParameters parameters(uint64_t more_flags = 0)
{
    return { .range = kRange,
        .attributes = { sgx::kAttributeMode64Bit | more_flags, 7 },
        .misc_select = sgx::kMiscExinfo,
        .ssa_frame_pages = 3 };
}

class SgxEnclaveTest : public testing::Test {
protected:
    SgxEnclaveTest() { told.clear(); }

    Owned<Enclave> make(EnclaveParameters const& described = parameters())
    {
        return MUST(SgxEnclave::create(driver, {}, described, keep));
    }
    PageRun run(uint64_t page, uint64_t count, SecInfo info = SecInfo::regular(kReadWrite), bool is_measured = true)
    {
        return { { kRange.address + page * kPageSize, count * kPageSize }, info, contents, is_measured };
    }
    // What the signer would demand.
    sgx::SigStruct signature()
    {
        sgx::SigStruct signature {};
        signature.attributes = { sgx::kAttributeMode64Bit, 3 };
        signature.attribute_mask = { ~0ull, 3 };
        signature.enclave_hash = driver.measurement();
        return signature;
    }

    FakeSgxDriver driver;
    std::vector<std::byte> contents;
};

} // namespace

TEST_F(SgxEnclaveTest, the_secs_says_what_was_asked_for_and_nothing_else)
{
    auto enclave = make();
    sgx::Secs expected;
    expected.size = kRange.size;
    expected.base = kRange.address;
    expected.ssa_frame_pages = 3;
    expected.misc_select = sgx::kMiscExinfo;
    expected.attributes = { sgx::kAttributeMode64Bit, 7 };
    EXPECT_EQ(std::memcmp(&driver.secs(), &expected, sizeof(expected)), 0);
}

TEST_F(SgxEnclaveTest, debug_is_set_on_request_only)
{
    auto enclave = make(parameters(sgx::kAttributeDebug));
    EXPECT_EQ(driver.secs().attributes.flags, sgx::kAttributeMode64Bit | sgx::kAttributeDebug);
}

TEST_F(SgxEnclaveTest, the_range_is_mapped_after_creation_and_given_back_at_the_end)
{
    {
        auto enclave = make();
        EXPECT_EQ(driver.protection_at(kRange.address), PROT_NONE);
    }
    std::vector<std::string> const expected { "open /dev/sgx_enclave", "create", "map 0x100000000 0x40000000",
        "unmap 0x100000000 0x40000000", "close /dev/sgx_enclave" };
    EXPECT_EQ(driver.log(), expected);
    EXPECT_EQ(driver.open_descriptors(), 0u);
}

TEST_F(SgxEnclaveTest, the_addresses_that_the_kernel_never_maps_are_left_out)
{
    auto described = parameters();
    described.range = { 0, 1ull << 40 };
    auto enclave = make(described);
    EXPECT_EQ(driver.secs().base, 0u);
    EXPECT_EQ(driver.secs().size, 1ull << 40);
    EXPECT_EQ(driver.mapped().address, 0x1'0000u);
    EXPECT_EQ(driver.mapped().end(), 1ull << 40);
    EXPECT_TRUE(enclave->add({ { 0, kPageSize }, SecInfo::regular(kReadWrite), {} }).is_error());
}

TEST_F(SgxEnclaveTest, a_range_that_is_taken_is_eexist_and_leaves_nothing_open)
{
    driver.fail_map(Errno::Eexist);
    auto created = SgxEnclave::create(driver, {}, parameters(), keep);
    ASSERT_TRUE(created.is_error());
    EXPECT_EQ(created.error(), Errno::Eexist);
    EXPECT_EQ(driver.open_descriptors(), 0u);
    EXPECT_NE(told.find("static PIE"), std::string::npos) << told;
}

TEST_F(SgxEnclaveTest, a_range_too_large_for_the_processor_is_told_before_the_driver_is_asked)
{
    driver.features_.largest_log2 = 29;
    EXPECT_EQ(SgxEnclave::create(driver, {}, parameters(), keep).error(), Errno::Einval);
    EXPECT_NE(told.find("smaller address ranges"), std::string::npos) << told;
    EXPECT_EQ(driver.secs().size, 0u);
}

TEST_F(SgxEnclaveTest, a_page_that_is_there_already_is_ebusy_at_once)
{
    auto enclave = make();
    ASSERT_TRUE(enclave->add(run(0, 2)).is_ok());
    EXPECT_EQ(enclave->add(run(1, 1)).error(), Errno::Ebusy);
    EXPECT_EQ(driver.additions().size(), 2u);
}

TEST_F(SgxEnclaveTest, parameters_that_the_processor_refuses_are_einval)
{
    driver.fail(SGX_IOC_ENCLAVE_CREATE, Errno::Eio);
    auto created = SgxEnclave::create(driver, {}, parameters(), keep);
    ASSERT_TRUE(created.is_error());
    EXPECT_EQ(created.error(), Errno::Einval);
}

TEST_F(SgxEnclaveTest, the_provisioning_key_is_allowed_before_pages_are_added_on_request_only)
{
    auto enclave = make(parameters(sgx::kAttributeProvisionKey));
    std::vector<std::string> const expected { "open /dev/sgx_enclave", "create", "open /dev/sgx_provision", "provision",
        "close /dev/sgx_provision", "map 0x100000000 0x40000000" };
    EXPECT_EQ(driver.log(), expected);
}

TEST_F(SgxEnclaveTest, a_provisioning_device_that_cannot_be_opened_names_its_group)
{
    driver.fail_open(kProvisionDevice, Errno::Eacces);
    EXPECT_TRUE(SgxEnclave::create(driver, {}, parameters(sgx::kAttributeProvisionKey), keep).is_error());
    EXPECT_NE(told.find("sgx_prv"), std::string::npos) << told;
}

TEST_F(SgxEnclaveTest, pages_are_added_with_their_secinfo_in_batches)
{
    auto enclave = make();
    ASSERT_TRUE(enclave->add(run(0, 150, SecInfo::regular(sgx::kPageRead | sgx::kPageExecute))).is_ok());
    ASSERT_EQ(driver.additions().size(), 3u);
    constexpr uint64_t kBatch = 64 * kPageSize;
    EXPECT_EQ(driver.additions()[0].offset, 0u);
    EXPECT_EQ(driver.additions()[0].length, kBatch);
    EXPECT_EQ(driver.additions()[1].offset, kBatch);
    EXPECT_EQ(driver.additions()[2].offset, 2 * kBatch);
    EXPECT_EQ(driver.additions()[2].length, 22 * kPageSize);
    for (auto const& addition : driver.additions()) {
        EXPECT_EQ(addition.secinfo_flags, 0x205u); // PT_REG, R, X
        EXPECT_EQ(addition.flags, uint64_t { SGX_PAGE_MEASURE });
    }
    EXPECT_EQ(driver.protection_at(kRange.address + 149 * kPageSize), PROT_READ | PROT_EXEC);
    EXPECT_EQ(driver.protection_at(kRange.address + 150 * kPageSize), PROT_NONE);
}

TEST_F(SgxEnclaveTest, an_unmeasured_run_is_added_without_the_flag)
{
    auto enclave = make();
    ASSERT_TRUE(enclave->add(run(0, 1, SecInfo::regular(kReadWrite), false)).is_ok());
    EXPECT_EQ(driver.additions()[0].flags, 0u);
    EXPECT_EQ(driver.additions()[0].secinfo_flags, 0x203u);
}

TEST_F(SgxEnclaveTest, a_tcs_page_has_no_permissions_and_a_mapping_to_write_through)
{
    auto enclave = make();
    ASSERT_TRUE(enclave->add(run(2, 1, SecInfo::tcs())).is_ok());
    EXPECT_EQ(driver.additions()[0].secinfo_flags, 0x100u);
    EXPECT_EQ(driver.protection_at(kRange.address + 2 * kPageSize), PROT_READ | PROT_WRITE);
    EXPECT_TRUE(enclave->add(run(3, 1, SecInfo::of(sgx::PageType::Tcs, kReadWrite))).is_error());
}

TEST_F(SgxEnclaveTest, contents_are_measured_chunk_by_chunk_with_zeros_behind_them)
{
    auto enclave = make();
    contents.resize(66 * kPageSize + 100, std::byte { 0x5A });
    auto const added = run(0, 70);
    ASSERT_TRUE(enclave->add(added).is_ok());
    Sha256 expected;
    expected.update(sgx::measurement::ecreate(3, kRange.size));
    sgx::measure_run(added, kRange.address, [&](std::span<std::byte const> bytes) { expected.update(bytes); });
    EXPECT_EQ(driver.measurement(), expected.current());
}

TEST_F(SgxEnclaveTest, a_signal_in_the_middle_of_a_batch_loses_and_repeats_no_page)
{
    auto undisturbed = make();
    contents.resize(20 * kPageSize, std::byte { 1 });
    for (size_t i = 0; i < contents.size(); ++i)
        contents[i] = static_cast<std::byte>(i / 1000);
    ASSERT_TRUE(undisturbed->add(run(0, 20)).is_ok());
    auto const expected = driver.measurement();

    FakeSgxDriver disturbed;
    auto enclave = MUST(SgxEnclave::create(disturbed, {}, parameters(), keep));
    disturbed.fail(SGX_IOC_ENCLAVE_ADD_PAGES, Errno::Eintr, 7);
    disturbed.fail(SGX_IOC_ENCLAVE_ADD_PAGES, Errno::Eintr, 0);
    disturbed.fail(SGX_IOC_ENCLAVE_ADD_PAGES, Errno::Eagain, 2);
    ASSERT_TRUE(enclave->add(run(0, 20)).is_ok());
    EXPECT_EQ(disturbed.measurement(), expected);
    ASSERT_EQ(disturbed.additions().size(), 4u);
    EXPECT_EQ(disturbed.additions()[1].offset, 7 * kPageSize);
    EXPECT_EQ(disturbed.additions()[1].length, 13 * kPageSize);
    EXPECT_EQ(disturbed.additions()[3].offset, 9 * kPageSize);
}

TEST_F(SgxEnclaveTest, a_driver_that_makes_no_progress_is_not_asked_for_ever)
{
    auto enclave = make();
    for (int i = 0; i < 20'000; ++i)
        driver.fail(SGX_IOC_ENCLAVE_ADD_PAGES, Errno::Eagain, 0);
    auto added = enclave->add(run(0, 1));
    ASSERT_TRUE(added.is_error());
    EXPECT_EQ(added.error(), Errno::Eagain);
}

TEST_F(SgxEnclaveTest, a_full_page_cache_is_told_with_what_to_do)
{
    auto enclave = make();
    driver.fail(SGX_IOC_ENCLAVE_ADD_PAGES, Errno::Enomem, 3);
    auto added = enclave->add(run(0, 8));
    ASSERT_TRUE(added.is_error());
    EXPECT_EQ(added.error(), Errno::Enomem);
    EXPECT_NE(told.find("page cache is full"), std::string::npos) << told;
}

TEST_F(SgxEnclaveTest, a_noexec_dev_is_told_with_what_to_do)
{
    auto enclave = make();
    driver.fail_protect(Errno::Eacces);
    EXPECT_TRUE(enclave->add(run(0, 1, SecInfo::regular(sgx::kPageRead | sgx::kPageExecute))).is_error());
    EXPECT_NE(told.find("remount,exec"), std::string::npos) << told;
}

TEST_F(SgxEnclaveTest, runs_outside_of_the_range_are_refused_before_the_driver_sees_them)
{
    auto enclave = make();
    auto const last = kRange.size / kPageSize;
    EXPECT_TRUE(enclave->add(run(last, 1)).is_error());
    EXPECT_TRUE(enclave->add(run(last - 1, 2)).is_error());
    EXPECT_TRUE(enclave->add(run(0, 0)).is_error());
    EXPECT_TRUE(enclave->add({ { kRange.address + 1, kPageSize }, SecInfo::regular(kReadWrite), {} }).is_error());
    contents.resize(kPageSize + 1);
    EXPECT_TRUE(enclave->add(run(0, 1)).is_error());
    EXPECT_TRUE(driver.additions().empty());
}

TEST_F(SgxEnclaveTest, initialisation_is_restarted_after_a_signal)
{
    auto enclave = make();
    driver.fail(SGX_IOC_ENCLAVE_INIT, Errno::Eintr);
    driver.fail(SGX_IOC_ENCLAVE_INIT, Errno::Eintr);
    EXPECT_TRUE(enclave->initialise(signature(), {}).is_ok());
    EXPECT_TRUE(driver.is_initialised());
    EXPECT_EQ(enclave->secs().mrenclave, driver.measurement());
}

TEST_F(SgxEnclaveTest, a_wrong_measurement_is_eperm_with_what_to_do)
{
    auto enclave = make();
    auto wrong = signature();
    wrong.enclave_hash[0] ^= std::byte { 1 };
    auto initialised = enclave->initialise(wrong, {});
    ASSERT_TRUE(initialised.is_error());
    EXPECT_EQ(initialised.error(), Errno::Eperm);
    EXPECT_NE(told.find("signature or measurement is wrong"), std::string::npos) << told;
}

TEST_F(SgxEnclaveTest, an_attribute_that_is_not_signed_is_einval_whatever_the_driver_would_say)
{
    auto enclave = make(parameters(sgx::kAttributeDebug));
    auto initialised = enclave->initialise(signature(), {});
    ASSERT_TRUE(initialised.is_error());
    EXPECT_EQ(initialised.error(), Errno::Einval);
    EXPECT_FALSE(driver.is_initialised());
}

} // namespace farl::host
