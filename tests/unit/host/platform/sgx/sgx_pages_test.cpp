// Page operations on the SGX driver: what the host does of EAUG, EMODPR, EMODT and EREMOVE, with an enclave that
// accepts.
#include "base/checked.h"
#include "host/platform/sgx/sgx_enclave.h"
#include "tests/support/fake_sgx_driver.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace farl::host {

using sgx::SecInfo;

namespace {

constexpr Range kRange { 1ull << 32, 1ull << 30 };
constexpr uint64_t kRead = sgx::kPageRead, kReadWrite = sgx::kPageRead | sgx::kPageWrite;
constexpr uint64_t kTcsPage = 0, kCodePage = 1, kFree = 16;

std::string told;

void keep(std::string const& line) { told += line + "\n"; }

Range pages(uint64_t first, uint64_t count) { return { kRange.address + first * kPageSize, count * kPageSize }; }
uint64_t page(uint64_t index) { return pages(index, 1).address; }

class SgxPages : public testing::Test {
protected:
    SgxPages()
    {
        told.clear();
        enclave = MUST(
            SgxEnclave::create(driver, {}, { .range = kRange, .attributes = { sgx::kAttributeMode64Bit, 3 } }, keep));
        MUST(enclave->add({ pages(kTcsPage, 1), SecInfo::tcs(), {} }));
        MUST(enclave->add({ pages(kCodePage, 1), SecInfo::regular(kRead | sgx::kPageExecute), {} }));
        sgx::SigStruct signature {};
        signature.enclave_hash = driver.measurement();
        MUST(enclave->initialise(signature, {}));
        asked_before = driver.log().size();
    }
    // What the driver was asked since the enclave was built.
    std::vector<std::string> asked() const
    {
        return { driver.log().begin() + static_cast<std::ptrdiff_t>(asked_before), driver.log().end() };
    }
    void use(uint64_t first, uint64_t count)
    {
        for (auto index = first; index < first + count; ++index)
            ASSERT_TRUE(driver.touch(page(index)) && driver.accept_new(page(index)));
    }

    FakeSgxDriver driver;
    Owned<Enclave> enclave;
    size_t asked_before;
};

using Log = std::vector<std::string>;

} // namespace

TEST_F(SgxPages, new_pages_need_nothing_but_a_mapping_and_come_by_faults)
{
    ASSERT_TRUE(enclave->protect(pages(kFree, 1 << 10), kReadWrite).is_ok());
    EXPECT_EQ(driver.protection_at(page(kFree + 1023)), PROT_READ | PROT_WRITE);
    EXPECT_TRUE(asked().empty());
    EXPECT_EQ(driver.page(page(kFree)), nullptr);
    EXPECT_TRUE(driver.touch(page(kFree)));
    EXPECT_TRUE(driver.accept_new(page(kFree)));
}

TEST_F(SgxPages, a_mapping_with_fewer_permissions_leaves_the_pages_as_they_are)
{
    ASSERT_TRUE(enclave->protect(pages(kFree, 2), kReadWrite).is_ok());
    use(kFree, 2);
    ASSERT_TRUE(enclave->protect(pages(kFree, 2), kRead).is_ok());
    EXPECT_EQ(driver.protection_at(page(kFree)), PROT_READ);
    EXPECT_EQ(driver.page(page(kFree))->permissions, kReadWrite);
    EXPECT_TRUE(asked().empty());
}

TEST_F(SgxPages, a_restriction_goes_on_where_the_driver_had_to_stop)
{
    ASSERT_TRUE(enclave->protect(pages(kFree, 8), kReadWrite).is_ok());
    use(kFree, 8);
    driver.fail(SGX_IOC_ENCLAVE_RESTRICT_PERMISSIONS, Errno::Eagain, 3);
    ASSERT_TRUE(enclave->restrict(pages(kFree, 8), kRead).is_ok());
    Log const expected { "restrict 0x10000 0x8000 to 1", "restrict 0x13000 0x5000 to 1" };
    EXPECT_EQ(asked(), expected);
    EXPECT_EQ(driver.page(page(kFree + 7))->permissions, kRead);
    EXPECT_TRUE(driver.page(page(kFree + 7))->is_restricted);
}

TEST_F(SgxPages, what_is_not_there_can_be_neither_restricted_nor_trimmed)
{
    ASSERT_TRUE(enclave->protect(pages(kFree, 2), kReadWrite).is_ok());
    use(kFree, 1);
    EXPECT_EQ(enclave->restrict(pages(kFree, 2), kRead).error(), Errno::Efault);
    EXPECT_EQ(enclave->trim(pages(kFree, 2)).error(), Errno::Efault);
    ASSERT_TRUE(driver.touch(page(kFree + 1)));
    EXPECT_EQ(enclave->restrict(pages(kFree + 1, 1), kRead).error(), Errno::Efault) << "not accepted";
}

TEST_F(SgxPages, permissions_are_never_extended_by_the_host)
{
    ASSERT_TRUE(enclave->protect(pages(kFree, 1), kReadWrite).is_ok());
    use(kFree, 1);
    ASSERT_TRUE(enclave->protect(pages(kFree, 1), kRead | sgx::kPageExecute).is_ok());
    EXPECT_EQ(driver.page(page(kFree))->permissions, kReadWrite) << "EMODPE is the enclave's";
    EXPECT_EQ(driver.protection_at(page(kFree)), PROT_READ | PROT_EXEC);
}

TEST_F(SgxPages, trimmed_pages_are_removed_by_a_release_once_the_enclave_has_accepted)
{
    ASSERT_TRUE(enclave->protect(pages(kFree, 4), kReadWrite).is_ok());
    use(kFree + 1, 2);
    ASSERT_TRUE(enclave->trim(pages(kFree + 1, 2)).is_ok());
    ASSERT_TRUE(driver.accept_trimmed(pages(kFree + 1, 2)));
    ASSERT_TRUE(enclave->release(pages(kFree, 4)).is_ok());
    EXPECT_EQ(driver.page(page(kFree + 1)), nullptr);
    EXPECT_EQ(driver.protection_at(page(kFree)), PROT_NONE);
    Log const expected { "modify 0x11000 0x2000 to 4", "remove 0x11000 0x2000" };
    EXPECT_EQ(asked(), expected);
}

TEST_F(SgxPages, pages_that_the_enclave_has_not_accepted_are_not_removed)
{
    ASSERT_TRUE(enclave->protect(pages(kFree, 2), kReadWrite).is_ok());
    use(kFree, 2);
    ASSERT_TRUE(enclave->trim(pages(kFree, 1)).is_ok());
    EXPECT_TRUE(enclave->release(pages(kFree + 1, 1)).is_ok()) << "another's business";
    EXPECT_TRUE(told.empty()) << told;
    EXPECT_EQ(enclave->release(pages(kFree, 1)).error(), Errno::Eperm);
    EXPECT_NE(told.find("has not accepted"), std::string::npos) << told;
    ASSERT_TRUE(driver.accept_trimmed(pages(kFree, 1)));
    EXPECT_TRUE(enclave->release(pages(kFree, 1)).is_ok());
}

TEST_F(SgxPages, discarded_pages_keep_their_mapping_and_come_back_new)
{
    ASSERT_TRUE(enclave->protect(pages(kFree, 2), kReadWrite).is_ok());
    use(kFree, 2);
    ASSERT_TRUE(enclave->trim(pages(kFree, 2)).is_ok());
    ASSERT_TRUE(driver.accept_trimmed(pages(kFree, 2)));
    ASSERT_TRUE(enclave->discard(pages(kFree, 2)).is_ok());
    EXPECT_EQ(driver.protection_at(page(kFree)), PROT_READ | PROT_WRITE);
    use(kFree, 2);
}

TEST_F(SgxPages, inaccessible_pages_can_be_accepted_as_trimmed)
{
    ASSERT_TRUE(enclave->protect(pages(kFree, 2), kReadWrite).is_ok());
    use(kFree, 2);
    ASSERT_TRUE(enclave->protect(pages(kFree, 1), 0).is_ok());
    ASSERT_TRUE(enclave->trim(pages(kFree, 2)).is_ok());
    ASSERT_TRUE(driver.accept_trimmed(pages(kFree, 2)));
    ASSERT_TRUE(enclave->discard(pages(kFree, 2)).is_ok());
    EXPECT_EQ(driver.protection_at(page(kFree)), PROT_NONE);
    EXPECT_EQ(driver.protection_at(page(kFree + 1)), PROT_READ | PROT_WRITE);
}

TEST_F(SgxPages, a_removal_waits_for_a_page_under_reclaim)
{
    ASSERT_TRUE(enclave->protect(pages(kFree, 2), kReadWrite).is_ok());
    use(kFree, 2);
    ASSERT_TRUE(enclave->trim(pages(kFree, 2)).is_ok());
    ASSERT_TRUE(driver.accept_trimmed(pages(kFree, 2)));
    driver.fail(SGX_IOC_ENCLAVE_REMOVE_PAGES, Errno::Ebusy, 1);
    ASSERT_TRUE(enclave->release(pages(kFree, 2)).is_ok());
    EXPECT_EQ(driver.page(page(kFree + 1)), nullptr);
}

TEST_F(SgxPages, releasing_what_was_never_used_asks_the_driver_nothing)
{
    ASSERT_TRUE(enclave->release(pages(kFree, 1 << 12)).is_ok());
    EXPECT_TRUE(asked().empty());
}

TEST_F(SgxPages, pages_of_a_tcs_are_not_changed)
{
    EXPECT_EQ(enclave->protect(pages(kTcsPage, 2), kRead).error(), Errno::Einval);
    EXPECT_EQ(enclave->release(pages(kTcsPage, 1)).error(), Errno::Einval);
    EXPECT_EQ(enclave->discard(pages(kTcsPage, 1)).error(), Errno::Einval);
}

TEST_F(SgxPages, without_sgx2_the_complaint_names_the_emulator)
{
    ASSERT_TRUE(enclave->protect(pages(kFree, 1), kReadWrite).is_ok());
    use(kFree, 1);
    driver.features_.has_sgx2 = false;
    EXPECT_EQ(enclave->trim(pages(kFree, 1)).error(), Errno::Enodev);
    EXPECT_NE(told.find("--platform emulator"), std::string::npos) << told;
}

} // namespace farl::host
