// The cost model: every EENTER, EEXIT, AEX and ERESUME pays its half, and nothing else does.
#include "host/platform/emulator/costs.h"
#include "tests/platform/test_enclave.h"

#include <gtest/gtest.h>

namespace farl::host {

using Kind = Outcome::Kind;

namespace {

class Costs : public testing::Test {
protected:
    Costs() { set_transition_cost(200); }
    ~Costs() override { set_transition_cost(0); }

    template <typename Operation>
    static uint64_t charges_of(Operation&& operation)
    {
        auto before = charged_half_transitions.load();
        operation();
        return charged_half_transitions.load() - before;
    }

    Owned<Enclave> enclave_ = TestEnclave::make();
    static constexpr uint64_t kTcs = TestEnclave::kBase + TestEnclave::kFirstTcs;
};

} // namespace

TEST_F(Costs, an_entry_and_an_exit_pay_once_each)
{
    EXPECT_EQ(charges_of([&] { call(*enclave_, kTcs, Command::Echo); }), 2u);
}

TEST_F(Costs, an_exception_and_a_resumption_pay_once_each)
{
    // EENTER and AEX
    EXPECT_EQ(charges_of([&] {
        EXPECT_EQ(
            call(*enclave_, kTcs, Command::RaisePfRead, TestEnclave::kBase + 0xC000).outcome.kind, Kind::Exception);
    }),
        2u);
    // ERESUME, and AEX at the same instruction
    EXPECT_EQ(
        charges_of([&] { EXPECT_EQ(enter(*enclave_, kTcs, EntryLeaf::Resume).outcome.kind, Kind::Exception); }), 2u);
}

TEST_F(Costs, what_is_refused_pays_nothing)
{
    EXPECT_EQ(
        charges_of([&] { EXPECT_EQ(enter(*enclave_, kTcs, EntryLeaf::Resume).outcome.kind, Kind::Refused); }), 0u);
}

TEST_F(Costs, nothing_is_charged_unless_it_was_asked_for)
{
    set_transition_cost(0);
    EXPECT_EQ(charges_of([&] { call(*enclave_, kTcs, Command::Echo); }), 0u);
}

} // namespace farl::host
