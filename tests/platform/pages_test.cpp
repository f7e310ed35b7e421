// EACCEPT, EMODPE and EACCEPTCOPY as the manual has them, whichever part of the emulator executes them: the gate, or,
// with a second enclave in the process, the handler of SIGILL. And pages that are of no use before.
#include "abi/sgx/enclu.h"
#include "tests/platform/test_enclave.h"

#include <csignal>
#include <cstring>
#include <gtest/gtest.h>
#include <thread>

namespace farl::host {

using Kind = Outcome::Kind;
using sgx::EncluLeaf;
using sgx::PageStatus;
using sgx::PageType;
using sgx::SecInfo;

namespace {

constexpr uint64_t kTcs = TestEnclave::kBase + TestEnclave::kFirstTcs;
constexpr uint64_t kInfo = TestEnclave::kBase + TestEnclave::kData;
constexpr uint64_t kSource = kInfo;
constexpr uint64_t kPage = TestEnclave::kBase + 0xA000;
constexpr uint64_t kRead = sgx::kPageRead, kWrite = sgx::kPageWrite, kExecute = sgx::kPageExecute;
constexpr auto kNew = SecInfo::of(PageType::Regular, kRead | kWrite | sgx::kPagePending);
constexpr auto kTrimmed = SecInfo::of(PageType::Trim, sgx::kPageModified);
constexpr uint64_t kStatusFlags = 0x8D5, kZeroFlag = 0x40;

enum class Way { Gate, Handler, AcceptingGate, AcceptingHandler };

std::string name_of(testing::TestParamInfo<Way> const& info)
{
    constexpr char const* kNames[] { "gate", "handler", "accepting_gate", "accepting_handler" };
    return kNames[static_cast<size_t>(info.param)];
}

class PageLeaves : public testing::TestWithParam<Way> {
protected:
    PageLeaves()
    {
        bool const accepts = GetParam() == Way::AcceptingGate || GetParam() == Way::AcceptingHandler;
        enclave = TestEnclave::make(accepts ? accepting_platform() : platform());
        if (GetParam() == Way::Handler || GetParam() == Way::AcceptingHandler)
            other = make_elsewhere();
    }

    // An initialised enclave at other addresses.
    static Owned<Enclave> make_elsewhere()
    {
        auto parameters = TestEnclave::parameters();
        parameters.range.address += TestEnclave::kSize;
        std::vector<PageRun> const pages { { { parameters.range.address, 4096 }, SecInfo::regular(kRead), {} } };
        auto made = MUST(platform().create(parameters));
        for (auto const& run : pages)
            MUST(made->add(run));
        MUST(made->initialise(TestEnclave::signature_for(pages, parameters), {}));
        return made;
    }

    Call execute(EncluLeaf leaf, SecInfo const& info, uint64_t page, uint64_t source = 0, uint64_t at = kInfo)
    {
        std::memcpy(reinterpret_cast<void*>(kInfo), &info, sizeof info);
        auto const done = call(*enclave, kTcs, Command::Attest, static_cast<uint64_t>(leaf), at, page, source);
        if (done.outcome.kind == Kind::Exception)
            skip();
        return done;
    }
    // Whatever faulted is given up.
    void skip()
    {
        enter(*enclave, kTcs, EntryLeaf::Enter, { .rsi = sgx::kEncluSiteSize });
        enter(*enclave, kTcs, EntryLeaf::Resume);
    }

    void expect_status(Call const& done, PageStatus status)
    {
        ASSERT_EQ(done.outcome.kind, Kind::Exit);
        EXPECT_EQ(done.registers.rdi, static_cast<uint64_t>(status));
        EXPECT_EQ(done.registers.rsi & kStatusFlags, status == PageStatus::Success ? 0 : kZeroFlag);
    }
    void accept(SecInfo const& info, uint64_t page = kPage)
    {
        expect_status(execute(EncluLeaf::Eaccept, info, page), PageStatus::Success);
    }
    void expect_fault(Call const& done, uint8_t vector, uint64_t address = 0)
    {
        EXPECT_EQ(done.outcome.kind, Kind::Exception);
        EXPECT_EQ(done.outcome.vector, vector);
        EXPECT_EQ(done.outcome.address, address);
    }
    void give(uint64_t permissions = kRead | kWrite, uint64_t size = 4096)
    {
        MUST(enclave->protect({ kPage, size }, permissions));
    }

    Owned<Enclave> enclave, other;
};

INSTANTIATE_TEST_SUITE_P(
    Ways, PageLeaves, testing::Values(Way::Gate, Way::Handler, Way::AcceptingGate, Way::AcceptingHandler), name_of);

} // namespace

TEST_P(PageLeaves, a_new_page_is_accepted_once)
{
    give();
    accept(kNew);
    expect_status(execute(EncluLeaf::Eaccept, kNew, kPage), PageStatus::AttributesMismatch);
    EXPECT_EQ(call(*enclave, kTcs, Command::RaisePfWrite, kPage).registers.rdi, 77u);
}

TEST_P(PageLeaves, a_page_of_the_image_is_not_pending)
{
    expect_status(execute(EncluLeaf::Eaccept, kNew, TestEnclave::carrier(0)), PageStatus::AttributesMismatch);
}

TEST_P(PageLeaves, acceptance_wants_the_permissions_that_the_page_has)
{
    give();
    auto const other_permissions = SecInfo::of(PageType::Regular, kRead | sgx::kPagePending);
    expect_status(execute(EncluLeaf::Eaccept, other_permissions, kPage), PageStatus::AttributesMismatch);
    accept(kNew);
}

TEST_P(PageLeaves, what_acceptance_cannot_be_asked_for_is_a_general_protection_fault)
{
    give();
    for (auto flags : { kRead | kWrite, kRead | sgx::kPageModified, kRead | sgx::kPagePending | sgx::kPageRestricted })
        expect_fault(execute(EncluLeaf::Eaccept, SecInfo::of(PageType::Regular, flags), kPage), sgx::kVectorGp);
    expect_fault(execute(EncluLeaf::Eaccept, SecInfo::of(PageType::Trim, sgx::kPagePending), kPage), sgx::kVectorGp);
    expect_fault(execute(EncluLeaf::Eaccept, SecInfo::of(PageType::Secs, sgx::kPagePending), kPage), sgx::kVectorGp);
    auto reserved = kNew;
    reserved.reserved[6] = 1;
    expect_fault(execute(EncluLeaf::Eaccept, reserved, kPage), sgx::kVectorGp);
    reserved = kNew;
    reserved.flags |= 1ull << 40;
    expect_fault(execute(EncluLeaf::Eaccept, reserved, kPage), sgx::kVectorGp);
    expect_fault(execute(EncluLeaf::Eaccept, kNew, kPage + 8), sgx::kVectorGp);
    expect_fault(execute(EncluLeaf::Eaccept, kNew, TestEnclave::kBase + TestEnclave::kSize), sgx::kVectorGp);
    expect_fault(execute(EncluLeaf::Eaccept, kNew, kPage, 0, kInfo + 8), sgx::kVectorGp);
    expect_fault(execute(EncluLeaf::Eaccept, kNew, kPage, 0, TestEnclave::kBase - 64), sgx::kVectorGp);
    accept(kNew);
}

TEST_P(PageLeaves, a_secinfo_lies_in_a_page_that_was_accepted)
{
    give();
    constexpr auto kElsewhere = TestEnclave::kBase + 0xC000;
    expect_fault(execute(EncluLeaf::Eaccept, kNew, kPage, 0, kElsewhere), sgx::kVectorPf, kElsewhere);
    expect_fault(execute(EncluLeaf::Eaccept, kNew, kPage, 0, kTcs), sgx::kVectorPf, kTcs);
}

TEST_P(PageLeaves, a_page_is_trimmed_accepted_removed_and_new)
{
    give();
    accept(kNew);
    EXPECT_EQ(call(*enclave, kTcs, Command::RaisePfWrite, kPage).registers.rdi, 77u);
    *reinterpret_cast<uint64_t volatile*>(kPage) = 7;
    ASSERT_TRUE(enclave->trim({ kPage, 4096 }).is_ok());
    expect_status(execute(EncluLeaf::Eaccept, kNew, kPage), PageStatus::AttributesMismatch);
    accept(kTrimmed);
    expect_status(execute(EncluLeaf::Eaccept, kTrimmed, kPage), PageStatus::AttributesMismatch);
    ASSERT_TRUE(enclave->discard({ kPage, 4096 }).is_ok());
    accept(kNew);
    EXPECT_EQ(call(*enclave, kTcs, Command::RaisePfRead, kPage).registers.rdi, 77u);
    EXPECT_EQ(*reinterpret_cast<uint64_t volatile*>(kPage), 0u);
}

TEST_P(PageLeaves, only_pages_that_were_accepted_can_be_trimmed_or_restricted)
{
    give();
    EXPECT_EQ(enclave->trim({ kPage, 4096 }).error(), Errno::Efault);
    EXPECT_EQ(enclave->restrict({ kPage, 4096 }, kRead).error(), Errno::Efault);
}

TEST_P(PageLeaves, permissions_are_taken_by_the_host_and_given_by_the_enclave)
{
    give(kRead | kExecute);
    accept(kNew);
    ASSERT_TRUE(enclave->restrict({ kPage, 4096 }, kRead).is_ok());
    accept(SecInfo::of(PageType::Regular, kRead | sgx::kPageRestricted));
    auto const extended = execute(EncluLeaf::Emodpe, SecInfo::regular(kRead | kExecute), kPage);
    EXPECT_EQ(extended.outcome.kind, Kind::Exit);
    EXPECT_EQ(extended.registers.rdi, static_cast<uint64_t>(EncluLeaf::Emodpe)) << "RAX says nothing";
    ASSERT_TRUE(enclave->restrict({ kPage, 4096 }, kRead | kExecute).is_ok());
    accept(SecInfo::of(PageType::Regular, kRead | kExecute | sgx::kPageRestricted));
}

TEST_P(PageLeaves, what_is_not_accepted_cannot_be_extended)
{
    give();
    expect_fault(execute(EncluLeaf::Emodpe, SecInfo::regular(kRead | kExecute), kPage), sgx::kVectorPf, kPage);
    expect_fault(execute(EncluLeaf::Emodpe, SecInfo::regular(kRead), kTcs), sgx::kVectorPf, kTcs);
}

TEST_P(PageLeaves, a_copy_is_accepted_with_its_permissions)
{
    MUST(enclave->prepare({ kPage, 4096 }));
    auto const info = SecInfo::regular(kRead | kExecute);
    expect_status(execute(EncluLeaf::Eacceptcopy, info, kPage, kSource), PageStatus::Success);
    give(kRead);
    EXPECT_EQ(call(*enclave, kTcs, Command::RaisePfRead, kPage).registers.rdi, 77u);
    EXPECT_EQ(std::memcmp(reinterpret_cast<void*>(kPage), &info, sizeof info), 0);
    ASSERT_TRUE(enclave->restrict({ kPage, 4096 }, kRead).is_ok());
    accept(SecInfo::of(PageType::Regular, kRead | sgx::kPageRestricted));
    expect_status(execute(EncluLeaf::Eacceptcopy, info, kPage, kSource), PageStatus::AttributesMismatch);
}

TEST_P(PageLeaves, a_copy_comes_from_a_page_that_can_be_read)
{
    MUST(enclave->prepare({ kPage, 4096 }));
    auto const info = SecInfo::regular(kRead);
    constexpr auto kAbsent = TestEnclave::kBase + 0xC000;
    expect_fault(execute(EncluLeaf::Eacceptcopy, info, kPage, kAbsent), sgx::kVectorPf, kAbsent);
    expect_fault(execute(EncluLeaf::Eacceptcopy, info, kPage, kSource + 8), sgx::kVectorGp);
    expect_fault(execute(EncluLeaf::Eacceptcopy, SecInfo::regular(kWrite), kPage, kSource), sgx::kVectorGp);
}

TEST_P(PageLeaves, copies_that_were_given_up_leave_nothing)
{
    MUST(enclave->prepare({ kPage, 8192 }));
    expect_status(execute(EncluLeaf::Eacceptcopy, SecInfo::regular(kRead), kPage, kSource), PageStatus::Success);
    ASSERT_TRUE(enclave->trim({ kPage, 4096 }).is_ok());
    accept(kTrimmed);
    ASSERT_TRUE(enclave->release({ kPage, 8192 }).is_ok());
    give(kRead | kWrite);
    accept(kNew);
    EXPECT_EQ(call(*enclave, kTcs, Command::RaisePfRead, kPage).registers.rdi, 77u);
    EXPECT_EQ(*reinterpret_cast<uint64_t volatile*>(kPage), 0u);
}

TEST_P(PageLeaves, signals_never_find_an_instruction_half_done)
{
    constexpr int kRounds = 300;
    MUST(platform().on_signal(SIGUSR1, [](int, siginfo_t const&, ucontext_t&) {}));
    give();
    std::atomic<bool> is_done { false };
    auto const target = pthread_self();
    std::thread sender([&] {
        while (!is_done) {
            pthread_kill(target, SIGUSR1);
            std::this_thread::sleep_for(std::chrono::microseconds(20));
        }
    });
    auto const finish = [&](Call done) {
        while (done.outcome.kind == Kind::Interrupt)
            done = enter(*enclave, kTcs, EntryLeaf::Resume);
        return done;
    };
    for (int round = 0; round < kRounds; ++round) {
        expect_status(finish(execute(EncluLeaf::Eaccept, kNew, kPage)), PageStatus::Success);
        expect_status(finish(execute(EncluLeaf::Eaccept, kNew, kPage)), PageStatus::AttributesMismatch);
        ASSERT_TRUE(enclave->trim({ kPage, 4096 }).is_ok());
        expect_status(finish(execute(EncluLeaf::Eaccept, kTrimmed, kPage)), PageStatus::Success);
        ASSERT_TRUE(enclave->release({ kPage, 4096 }).is_ok());
        MUST(enclave->prepare({ kPage, 4096 }));
        auto const info = SecInfo::regular(kRead);
        expect_status(finish(execute(EncluLeaf::Eacceptcopy, info, kPage, kSource)), PageStatus::Success);
        give(kRead);
        EXPECT_EQ(finish(call(*enclave, kTcs, Command::RaisePfRead, kPage)).registers.rdi, 77u);
        EXPECT_EQ(std::memcmp(reinterpret_cast<void*>(kPage), &info, sizeof info), 0);
        ASSERT_TRUE(enclave->trim({ kPage, 4096 }).is_ok());
        expect_status(finish(execute(EncluLeaf::Eaccept, kTrimmed, kPage)), PageStatus::Success);
        ASSERT_TRUE(enclave->release({ kPage, 4096 }).is_ok());
        give();
    }
    is_done = true;
    sender.join();
}

namespace {

class AcceptedPages : public testing::Test {
protected:
    AcceptedPages() : enclave(TestEnclave::make(accepting_platform())) { }

    Outcome access(Command command, uint64_t address) { return call(*enclave, kTcs, command, address).outcome; }
    void accept(uint64_t page)
    {
        std::memcpy(reinterpret_cast<void*>(kInfo), &kNew, sizeof kNew);
        auto const leaf = static_cast<uint64_t>(EncluLeaf::Eaccept);
        EXPECT_EQ(call(*enclave, TestEnclave::tcs(1), Command::Attest, leaf, kInfo, page).registers.rdi, 0u);
    }

    Owned<Enclave> enclave;
};

} // namespace

TEST_F(AcceptedPages, an_access_before_is_a_page_fault_of_sgx)
{
    MUST(enclave->protect({ kPage, 4096 }, kRead | kWrite));
    auto const outcome = access(Command::RaisePfWrite, kPage + 16);
    EXPECT_EQ(outcome.vector, sgx::kVectorPf);
    EXPECT_EQ(outcome.address, kPage + 16);
    EXPECT_EQ(outcome.error_code & 0x8002, 0x8002u);
    accept(kPage);
    EXPECT_EQ(enter(*enclave, kTcs, EntryLeaf::Resume).registers.rdi, 77u) << "and then it goes on";
}

TEST_F(AcceptedPages, where_the_host_lets_nothing_through_nothing_comes)
{
    auto const outcome = access(Command::RaisePfRead, kPage);
    EXPECT_EQ(outcome.vector, sgx::kVectorPf);
    EXPECT_EQ(outcome.error_code & 0x8000, 0u);
}

TEST_F(AcceptedPages, both_the_host_and_the_enclave_can_refuse_an_access)
{
    MUST(enclave->protect({ kPage, 8192 }, kRead | kWrite));
    accept(kPage);
    EXPECT_EQ(access(Command::RaisePfWrite, kPage).kind, Kind::Exit);
    MUST(enclave->protect({ kPage, 4096 }, kRead));
    EXPECT_EQ(access(Command::RaisePfWrite, kPage).kind, Kind::Exception);
}

TEST_F(AcceptedPages, a_page_that_was_never_trimmed_keeps_its_contents)
{
    MUST(enclave->protect({ kPage, 4096 }, kRead | kWrite));
    accept(kPage);
    EXPECT_EQ(access(Command::RaisePfWrite, kPage).kind, Kind::Exit);
    *reinterpret_cast<uint64_t volatile*>(kPage) = 7;
    MUST(enclave->release({ kPage, 4096 }));
    MUST(enclave->protect({ kPage, 4096 }, kRead | kWrite));
    EXPECT_EQ(access(Command::RaisePfRead, kPage).kind, Kind::Exit);
    EXPECT_EQ(*reinterpret_cast<uint64_t volatile*>(kPage), 7u);
}

} // namespace farl::host
