#include "enclave/memory/accepted_pages.h"

#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace farl {

namespace {

constexpr int kReadWrite = kProtRead | kProtWrite, kReadExec = kProtRead | kProtExec;
constexpr uint64_t kStart = 0x12'3456'7000;

AddressRange pages(uint64_t first, uint64_t count)
{
    return { kStart + first * kPageSize, kStart + (first + count) * kPageSize };
}
uint64_t page(uint64_t index) { return pages(index, 1).start; }

class AcceptedPagesTest : public testing::Test {
protected:
    ~AcceptedPagesTest() override { accepted->destroy(); }
    void accept(AddressRange range, int protection = kReadWrite)
    {
        MUST(accepted->reserve(range));
        for (auto at = range.start; at < range.end; at += kPageSize)
            accepted->set(at, protection);
    }
    std::vector<AddressRange> runs(AddressRange range) const
    {
        std::vector<AddressRange> found;
        MUST(accepted->for_each_run(range, [&](AddressRange run) -> Result<> {
            found.push_back(run);
            return {};
        }));
        return found;
    }

    std::unique_ptr<AcceptedPages> accepted = std::make_unique<AcceptedPages>();
};

using Runs = std::vector<AddressRange>;

} // namespace

TEST_F(AcceptedPagesTest, nothing_is_accepted_at_first)
{
    AddressRange const everything { 0, sgx::kApplicationEnd };
    EXPECT_EQ(accepted->at(kStart), kProtNone);
    EXPECT_FALSE(accepted->contain(pages(0, 1)));
    EXPECT_TRUE(runs(everything).empty());
}

TEST_F(AcceptedPagesTest, a_page_has_the_permissions_that_it_was_given_and_can_be_read)
{
    accept(pages(0, 1), kReadExec);
    accept(pages(1, 1), kProtWrite);
    EXPECT_EQ(accepted->at(page(0)), kReadExec);
    EXPECT_EQ(accepted->at(page(1)), kReadWrite);
    accepted->set(page(0), kProtRead);
    EXPECT_EQ(accepted->at(page(0)), kProtRead);
}

TEST_F(AcceptedPagesTest, runs_end_where_pages_are_missing_whatever_their_permissions)
{
    accept(pages(1, 40));
    accept(pages(41, 2), kProtRead);
    accept(pages(44, 1));
    EXPECT_EQ(runs(pages(0, 100)), (Runs { pages(1, 42), pages(44, 1) }));
    EXPECT_EQ(runs(pages(10, 5)), (Runs { pages(10, 5) }));
    EXPECT_TRUE(accepted->contain(pages(1, 42)));
    EXPECT_FALSE(accepted->contain(pages(1, 43)));
    EXPECT_FALSE(accepted->contain(pages(0, 2)));
}

TEST_F(AcceptedPagesTest, a_run_goes_on_from_one_leaf_to_the_next)
{
    constexpr uint64_t kBorder = 1ull << 30;
    AddressRange const across { 3 * kBorder - 20 * kPageSize, 3 * kBorder + 20 * kPageSize };
    accept(across);
    EXPECT_EQ(runs({ 0, sgx::kApplicationEnd }), (Runs { across }));
    EXPECT_TRUE(accepted->contain(across));
}

TEST_F(AcceptedPagesTest, what_is_cleared_is_gone_and_nothing_else)
{
    accept(pages(0, 64));
    accepted->clear(pages(7, 30));
    EXPECT_EQ(runs(pages(0, 100)), (Runs { pages(0, 7), pages(37, 27) }));
}

TEST_F(AcceptedPagesTest, the_last_page_of_the_application_is_one_of_them)
{
    AddressRange const last { sgx::kApplicationEnd - kPageSize, sgx::kApplicationEnd };
    accept(last);
    EXPECT_TRUE(accepted->contain(last));
    EXPECT_FALSE(accepted->contain({ last.start, last.end + kPageSize }));
}

} // namespace farl
