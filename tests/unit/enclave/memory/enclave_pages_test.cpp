// The enclave's half of page operations with the host's half of the SGX platform, on the fake driver, which keeps the
// EPCM and refuses as kernel and processor do; and with hosts that do not do what they say.
#include "enclave/memory/enclave_pages.h"
#include "host/platform/sgx/sgx_enclave.h"
#include "tests/support/fake_sgx_driver.h"

#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <string>

namespace farl {

using host::FakeSgxDriver;
using sgx::EncluLeaf;
using sgx::SecInfo;

namespace {

constexpr int kReadWrite = kProtRead | kProtWrite, kReadExec = kProtRead | kProtExec;
constexpr sgx::Range kEnclave { 0, 1ull << 40 };
constexpr uint64_t kFree = 0x10'0000'0000, kImagePage = 0xFC'0000'0000;

AddressRange pages(uint64_t first, uint64_t count)
{
    return { kFree + first * kPageSize, kFree + (first + count) * kPageSize };
}
uint64_t page(uint64_t index) { return pages(index, 1).start; }

// The launcher's answers. What it is told to leave out, it says it has done.
class Host final : public PageHost {
public:
    explicit Host(host::Enclave& enclave) : enclave_(enclave) { }

    Result<> protect(AddressRange range, int protection) override
    {
        return answer("protect", [&] { return enclave_.protect(of(range), static_cast<uint64_t>(protection)); });
    }
    Result<> prepare(AddressRange range) override
    {
        return answer("prepare", [&] { return enclave_.prepare(of(range)); });
    }
    Result<> restrict(AddressRange range, int protection) override
    {
        return answer("restrict", [&] { return enclave_.restrict(of(range), static_cast<uint64_t>(protection)); });
    }
    Result<> trim(AddressRange range) override
    {
        return answer("trim", [&] { return enclave_.trim(of(range)); });
    }
    Result<> discard(AddressRange range) override
    {
        return answer("discard", [&] { return enclave_.discard(of(range)); });
    }
    Result<> release(AddressRange range) override
    {
        return answer("release", [&] { return enclave_.release(of(range)); });
    }

    std::set<std::string> leaves_out, refuses;

private:
    static sgx::Range of(AddressRange range) { return { range.start, range.size() }; }

    template <typename Work>
    Result<> answer(char const* name, Work work) const
    {
        if (refuses.contains(name))
            return Errno::Enomem;
        return leaves_out.contains(name) ? Result<> {} : work();
    }

    host::Enclave& enclave_;
};

class Leaves final : public PageLeaves {
public:
    explicit Leaves(FakeSgxDriver& driver) : driver_(driver) { }

    uint64_t execute(EncluLeaf leaf, SecInfo const& info, uint64_t page, uint64_t source) override
    {
        ++count;
        return driver_.execute(leaf, info, page, source);
    }
    void give_up(char const* why) override { given_up = why; }

    uint64_t count { 0 };
    std::string given_up;

private:
    FakeSgxDriver& driver_;
};

class EnclavePagesTest : public testing::Test {
protected:
    EnclavePagesTest()
    {
        enclave = MUST(host::SgxEnclave::create(
            driver, {}, { .range = kEnclave, .attributes = { sgx::kAttributeMode64Bit, 3 } }, [](auto const&) {}));
        MUST(enclave->add({ { kImagePage, kPageSize }, SecInfo::regular(sgx::kPageRead), {} }));
        sgx::SigStruct signature {};
        signature.enclave_hash = driver.measurement();
        MUST(enclave->initialise(signature, {}));
        driver.page_to_change(kImagePage).contents = 5;
        computer = std::make_unique<Host>(*enclave);
        tested = std::make_unique<EnclavePages>(*computer, leaves, *accepted);
    }
    ~EnclavePagesTest() override { accepted->destroy(); }
    // As a program uses its memory.
    void use(AddressRange range, int protection = kReadWrite)
    {
        MUST(tested->protect(range, protection));
        MUST(tested->accept(range, protection));
        for (auto at = range.start; at < range.end; at += kPageSize)
            driver.page_to_change(at).contents = 7;
    }
    bool is_there(uint64_t address) const { return driver.page(address) != nullptr; }
    uint64_t permissions(uint64_t address) const { return driver.page(address)->permissions; }

    FakeSgxDriver driver;
    Owned<host::Enclave> enclave;
    std::unique_ptr<Host> computer;
    Leaves leaves { driver };
    std::unique_ptr<AcceptedPages> accepted = std::make_unique<AcceptedPages>();
    std::unique_ptr<EnclavePages> tested;
};

} // namespace

TEST_F(EnclavePagesTest, a_mapping_of_any_size_costs_nothing_before_it_is_used)
{
    AddressRange const large { kFree, kFree + (64ull << 30) };
    MUST(tested->protect(large, kReadWrite));
    MUST(tested->protect(large, kProtRead));
    MUST(tested->discard(large));
    MUST(tested->release(large));
    EXPECT_EQ(leaves.count, 0u);
}

TEST_F(EnclavePagesTest, a_page_is_accepted_once)
{
    MUST(tested->protect(pages(0, 8), kReadWrite));
    MUST(tested->accept(pages(0, 4), kReadWrite));
    EXPECT_EQ(leaves.count, 4u);
    MUST(tested->accept(pages(0, 8), kReadWrite));
    EXPECT_EQ(leaves.count, 8u);
    EXPECT_TRUE(tested->are_accepted(pages(0, 8)));
    EXPECT_FALSE(tested->are_accepted(pages(0, 9)));
}

TEST_F(EnclavePagesTest, pages_come_executable_where_the_mapping_is)
{
    MUST(tested->protect(pages(0, 1), kProtRead | kProtWrite | kProtExec));
    MUST(tested->accept(pages(0, 1), kProtRead | kProtWrite | kProtExec));
    EXPECT_EQ(permissions(page(0)), sgx::kPagePermissions);
}

TEST_F(EnclavePagesTest, released_pages_are_trimmed_accepted_and_removed_and_new_ones_zero)
{
    MUST(tested->protect(pages(0, 100), kReadWrite));
    use(pages(10, 3));
    MUST(tested->release(pages(0, 100)));
    EXPECT_FALSE(is_there(page(11)));
    EXPECT_FALSE(tested->are_accepted(pages(11, 1)));
    MUST(tested->protect(pages(10, 3), kReadWrite));
    MUST(tested->accept(pages(10, 3), kReadWrite));
    EXPECT_EQ(driver.page(page(11))->contents, 0u);
}

TEST_F(EnclavePagesTest, discarded_pages_can_be_used_again_at_once)
{
    use(pages(0, 3));
    MUST(tested->discard(pages(1, 1)));
    EXPECT_FALSE(is_there(page(1)));
    EXPECT_EQ(driver.page(page(0))->contents, 7u);
    MUST(tested->accept(pages(0, 3), kReadWrite));
    EXPECT_EQ(driver.page(page(1))->contents, 0u);
}

TEST_F(EnclavePagesTest, inaccessible_pages_can_be_released)
{
    use(pages(0, 2));
    MUST(tested->protect(pages(0, 2), kProtNone));
    MUST(tested->release(pages(0, 2)));
    EXPECT_FALSE(is_there(page(0)));
    EXPECT_EQ(leaves.given_up, "");
}

TEST_F(EnclavePagesTest, fewer_permissions_are_taken_from_the_pages_that_are_there)
{
    use(pages(2, 2));
    MUST(tested->protect(pages(0, 8), kProtRead));
    EXPECT_EQ(permissions(page(2)), sgx::kPageRead);
    EXPECT_FALSE(driver.page(page(2))->is_restricted) << "accepted";
    EXPECT_FALSE(is_there(page(0)));
}

TEST_F(EnclavePagesTest, code_is_written_then_executed_and_never_both)
{
    use(pages(0, 2));
    MUST(tested->protect(pages(0, 2), kReadExec));
    EXPECT_EQ(permissions(page(1)), sgx::kPageRead | sgx::kPageExecute);
    MUST(tested->protect(pages(0, 2), kReadWrite));
    EXPECT_EQ(permissions(page(1)), sgx::kPageRead | sgx::kPageWrite);
    EXPECT_EQ(driver.page(page(1))->contents, 7u);
}

TEST_F(EnclavePagesTest, what_is_inaccessible_keeps_its_permissions)
{
    use(pages(0, 1));
    auto const before = leaves.count;
    MUST(tested->protect(pages(0, 1), kProtNone));
    EXPECT_EQ(leaves.count, before);
    MUST(tested->protect(pages(0, 1), kReadWrite));
    EXPECT_EQ(leaves.count, before);
}

TEST_F(EnclavePagesTest, placed_pages_come_with_contents_and_permissions)
{
    MUST(tested->place(kImagePage, pages(0, 1), kReadExec));
    EXPECT_EQ(driver.page(page(0))->contents, 5u);
    EXPECT_EQ(permissions(page(0)), sgx::kPageRead | sgx::kPageExecute);
    EXPECT_EQ(driver.protection_at(page(0)), kReadExec);
    EXPECT_TRUE(tested->are_accepted(pages(0, 1)));
}

TEST_F(EnclavePagesTest, placed_pages_replace_what_was_there)
{
    use(pages(0, 1));
    MUST(tested->place(kImagePage, pages(0, 1), kProtRead));
    EXPECT_EQ(driver.page(page(0))->contents, 5u);
    EXPECT_EQ(leaves.given_up, "");
}

TEST_F(EnclavePagesTest, the_runtimes_own_pages_are_accepted_at_once_and_go_again)
{
    constexpr AddressRange kOwn { 0xFD'0000'0000, 0xFD'0000'4000 };
    MUST(tested->commit(kOwn));
    EXPECT_FALSE(driver.page(kOwn.start)->is_pending);
    MUST(tested->uncommit(kOwn));
    EXPECT_FALSE(is_there(kOwn.start));
    MUST(tested->commit(kOwn));
    EXPECT_EQ(leaves.given_up, "");
}

TEST_F(EnclavePagesTest, a_host_without_memory_is_an_error_and_nothing_more)
{
    computer->refuses = { "protect", "trim" };
    EXPECT_EQ(tested->protect(pages(0, 1), kReadWrite).error(), Errno::Enomem);
    EXPECT_EQ(tested->accept(pages(0, 1), kReadWrite).error(), Errno::Enomem) << "no page comes";
    EXPECT_EQ(tested->commit(pages(0, 1)).error(), Errno::Enomem);
    EXPECT_EQ(leaves.given_up, "");
    EXPECT_FALSE(tested->are_accepted(pages(0, 1)));
}

TEST_F(EnclavePagesTest, a_host_that_does_not_trim_is_found)
{
    use(pages(0, 1));
    computer->leaves_out = { "trim" };
    EXPECT_TRUE(tested->release(pages(0, 1)).is_error());
    EXPECT_NE(leaves.given_up.find("not trimmed"), std::string::npos);
}

TEST_F(EnclavePagesTest, a_page_that_the_host_keeps_is_not_taken_for_a_new_one)
{
    use(pages(0, 1));
    computer->leaves_out = { "discard", "release" };
    MUST(tested->discard(pages(0, 1)));
    EXPECT_EQ(tested->accept(pages(0, 1), kReadWrite).error(), Errno::Eio);
    EXPECT_FALSE(tested->are_accepted(pages(0, 1)));
}

TEST_F(EnclavePagesTest, a_removal_that_failed_is_made_good_when_the_page_is_needed)
{
    use(pages(0, 1));
    computer->refuses = { "discard" };
    EXPECT_EQ(tested->discard(pages(0, 1)).error(), Errno::Enomem);
    EXPECT_EQ(tested->accept(pages(0, 1), kReadWrite).error(), Errno::Enomem);
    computer->refuses.clear();
    MUST(tested->accept(pages(0, 1), kReadWrite));
    EXPECT_EQ(driver.page(page(0))->contents, 0u);
}

TEST_F(EnclavePagesTest, a_page_that_the_host_replaces_is_not_accepted_again)
{
    use(pages(0, 1));
    driver.page_to_change(page(0)) = { .permissions = 3, .most_permissions = 7, .is_pending = true };
    auto const before = leaves.count;
    MUST(tested->accept(pages(0, 1), kReadWrite));
    EXPECT_EQ(leaves.count, before);
    EXPECT_TRUE(driver.page(page(0))->is_pending) << "and stays of no use";
}

TEST_F(EnclavePagesTest, a_host_that_leaves_permissions_is_found)
{
    use(pages(0, 1));
    computer->leaves_out = { "restrict" };
    EXPECT_TRUE(tested->protect(pages(0, 1), kProtRead).is_error());
    EXPECT_NE(leaves.given_up.find("permissions"), std::string::npos);
}

TEST_F(EnclavePagesTest, copies_do_not_go_where_the_host_keeps_a_page)
{
    use(pages(0, 1));
    computer->leaves_out = { "release", "discard" };
    EXPECT_EQ(tested->place(kImagePage, pages(0, 1), kProtRead).error(), Errno::Eio);
    EXPECT_FALSE(tested->are_accepted(pages(0, 1)));
}

} // namespace farl
