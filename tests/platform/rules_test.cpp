// A caller who breaks a rule of the manual gets the manual's fault, and the enclave is as it was.
#include "abi/sgx/measurement.h"
#include "host/platform/emulator/epc_enclave.h"
#include "tests/platform/test_enclave.h"
#include "tests/support/sgx_vectors.h"

#include <csignal>
#include <gtest/gtest.h>
#include <thread>

namespace farl::host {

using Kind = Outcome::Kind;
using sgx::SecInfo;

namespace {

constexpr uint64_t kTcs = TestEnclave::kBase + TestEnclave::kFirstTcs;
constexpr auto kReadWrite = SecInfo::regular(sgx::kPageRead | sgx::kPageWrite);

void expect_refused(Outcome const& outcome, uint8_t vector, uint64_t address = 0)
{
    EXPECT_EQ(outcome.kind, Kind::Refused);
    EXPECT_EQ(outcome.vector, vector);
    EXPECT_EQ(outcome.address, address);
}

// ECREATE with one field changed.
template <typename Spoil>
bool can_create(Spoil spoil)
{
    sgx::Secs secs;
    secs.base = TestEnclave::kBase;
    secs.size = TestEnclave::kSize;
    secs.ssa_frame_pages = 1;
    secs.attributes = { .flags = sgx::kAttributeMode64Bit, .xfrm = sgx::kXfrmLegacy };
    spoil(secs);
    EpcEnclave enclave;
    auto const fault = ecreate(enclave, secs);
    EXPECT_TRUE(!fault || fault == general_protection());
    return !fault;
}

// An enclave that is created, with memory, and nothing more.
std::unique_ptr<EpcEnclave> created()
{
    auto enclave = std::make_unique<EpcEnclave>();
    sgx::Secs secs;
    secs.base = TestEnclave::kBase;
    secs.size = TestEnclave::kSize;
    secs.ssa_frame_pages = 1;
    secs.attributes = { .flags = sgx::kAttributeMode64Bit, .xfrm = sgx::kXfrmLegacy };
    secs.misc_select = sgx::kMiscExinfo;
    EXPECT_EQ(ecreate(*enclave, secs), kDone);
    enclave->memory = MUST(ElRange::reserve({ secs.base, secs.size }));
    return enclave;
}

// An enclave of the usual pages with one TCS field changed, initialised.
template <typename Spoil>
Owned<Enclave> with_spoiled_tcs(Spoil spoil)
{
    auto tcs = TestEnclave::tcs_contents(0);
    spoil(tcs);
    auto pages = TestEnclave::pages();
    for (auto& run : pages) {
        if (run.range.address == kTcs)
            run.contents = std::as_bytes(std::span(&tcs, 1));
    }
    auto enclave = MUST(platform().create(TestEnclave::parameters()));
    for (auto const& run : pages)
        MUST(enclave->add(run));
    MUST(enclave->initialise(TestEnclave::signature_for(pages), TestEnclave::enclu_sites()));
    return enclave;
}

} // namespace

TEST(Ecreate, takes_only_what_the_manual_allows)
{
    EXPECT_TRUE(can_create([](sgx::Secs&) {}));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.size = 4096; }));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.size += 4096; }));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.size = 0; }));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.base += 4096; }));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.base = 1ull << 63; }));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.ssa_frame_pages = 0; }));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.attributes.xfrm = 1; }));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.attributes.xfrm |= 1ull << 62; }));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.attributes.flags |= sgx::kAttributeInit; }));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.attributes.flags |= 1ull << 40; }));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.misc_select = 2; }));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.reserved4[100] = 1; }));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.cet_attributes = 1; }));
    EXPECT_FALSE(can_create([](sgx::Secs& secs) { secs.config_svn = 1; }));
    EXPECT_TRUE(can_create([](sgx::Secs& secs) {
        secs.config_svn = 1;
        secs.attributes.flags |= sgx::kAttributeKss;
    }));
}

TEST(Eadd, faults_as_the_manual_says)
{
    auto enclave = created();
    auto const page = TestEnclave::kBase + 0x3000;
    auto const gp = LeafFault(general_protection());
    EXPECT_EQ(eadd(*enclave, page + 1, kReadWrite, {}), gp);
    EXPECT_EQ(eadd(*enclave, TestEnclave::kBase - 4096, kReadWrite, {}), gp);
    EXPECT_EQ(eadd(*enclave, TestEnclave::kBase + TestEnclave::kSize, kReadWrite, {}), gp);
    EXPECT_EQ(eadd(*enclave, page, SecInfo::regular(sgx::kPageWrite), {}), gp);
    EXPECT_EQ(eadd(*enclave, page, SecInfo::of(sgx::PageType::Secs, 0), {}), gp);
    EXPECT_EQ(eadd(*enclave, page, SecInfo::of(sgx::PageType::VersionArray, 0), {}), gp);
    auto info = kReadWrite;
    info.flags |= 1 << 20;
    EXPECT_EQ(eadd(*enclave, page, info, {}), gp);
    info = kReadWrite;
    info.reserved[3] = 1;
    EXPECT_EQ(eadd(*enclave, page, info, {}), gp);

    sgx::Tcs tcs;
    tcs.reserved[7] = 1;
    EXPECT_EQ(eadd(*enclave, page, SecInfo::tcs(), std::as_bytes(std::span(&tcs, 1))), gp);

    EXPECT_EQ(eadd(*enclave, page, kReadWrite, {}), kDone);
    EXPECT_EQ(eadd(*enclave, page, kReadWrite, {}), LeafFault(page_fault(page)));
}

TEST(Eadd, forces_a_tcs_to_its_initial_state)
{
    auto enclave = created();
    auto tcs = TestEnclave::tcs_contents(0);
    tcs.cssa = 1;
    tcs.aep = 5;
    tcs.stage = 1;
    tcs.flags = sgx::kTcsDebugOptIn;
    EXPECT_EQ(eadd(*enclave, kTcs, SecInfo::tcs(), std::as_bytes(std::span(&tcs, 1))), kDone);
    auto const& added = enclave->tcs_pages.at(kTcs).tcs;
    EXPECT_EQ(added.cssa, 0u);
    EXPECT_EQ(added.aep, 0u);
    EXPECT_EQ(added.stage, 0u);
    EXPECT_EQ(added.flags, 0u);
}

TEST(Eextend, faults_as_the_manual_says)
{
    auto enclave = created();
    auto const page = TestEnclave::kBase + 0x3000;
    EXPECT_EQ(eextend(*enclave, page + 1), LeafFault(general_protection()));
    EXPECT_EQ(eextend(*enclave, page), LeafFault(page_fault(page)));
}

TEST(Einit, says_what_is_wrong_with_a_signature)
{
    auto enclave = created();
    auto const log_end = enclave->measurement.current();
    auto const good = [&] {
        auto parameters = TestEnclave::parameters();
        return TestEnclave::signature_for({}, parameters);
    }();
    ASSERT_EQ(good.enclave_hash, log_end);
    auto const status_of = [&](sgx::SigStruct const& signature) {
        EinitStatus status {};
        EXPECT_EQ(einit(*enclave, signature, status), kDone);
        return status;
    };
    auto bad = good;
    bad.exponent = 65537;
    EXPECT_EQ(status_of(bad), EinitStatus::InvalidSigStruct);
    bad = good;
    bad.signature[0] ^= std::byte { 1 };
    EXPECT_EQ(status_of(bad), EinitStatus::InvalidSignature);
    EXPECT_EQ(status_of(TestEnclave::signature_for(TestEnclave::pages())), EinitStatus::InvalidMeasurement);
    EXPECT_FALSE(enclave->is_initialised());

    EXPECT_EQ(status_of(good), EinitStatus::Success);
    EXPECT_EQ(enclave->secs.mrenclave, good.enclave_hash);
    EXPECT_EQ(enclave->secs.mrsigner, Sha256::of(good.modulus));
    EinitStatus status {};
    EXPECT_EQ(einit(*enclave, good, status), LeafFault(general_protection()));
    EXPECT_EQ(eadd(*enclave, TestEnclave::kBase + 0x3000, kReadWrite, {}), LeafFault(general_protection()));
}

TEST(Einit, refuses_attributes_that_the_signer_did_not_allow)
{
    auto parameters = TestEnclave::parameters();
    parameters.attributes.flags |= sgx::kAttributeDebug;
    auto enclave = MUST(platform().create(parameters));
    auto const pages = TestEnclave::pages();
    for (auto const& run : pages)
        ASSERT_TRUE(enclave->add(run));
    EXPECT_EQ(enclave->initialise(TestEnclave::signature_for(pages), {}).error(), Errno::Einval);
}

TEST(Einit, initialises_an_enclave_that_others_measured_and_signed)
{
    auto const vector = sgx_vectors::load();
    if (!vector)
        GTEST_SKIP() << "no vectors in " FARL_TEST_VECTORS;
    auto const build = [&](std::vector<std::byte> const& stream) {
        auto const word = [&](size_t offset) {
            uint64_t value;
            std::memcpy(&value, stream.data() + offset, sizeof(value));
            return value;
        };
        sgx::Secs secs;
        std::memcpy(&secs.ssa_frame_pages, stream.data() + 8, 4);
        secs.size = word(12);
        secs.base = 1ull << 33;
        secs.attributes = { .flags = sgx::kAttributeMode64Bit, .xfrm = sgx::kXfrmLegacy };
        auto enclave = std::make_unique<EpcEnclave>();
        EXPECT_EQ(ecreate(*enclave, secs), kDone);
        enclave->memory = MUST(ElRange::reserve({ secs.base, secs.size }));
        MUST(enclave->memory.protect(enclave->memory.range(), sgx::kPageRead | sgx::kPageWrite));
        // All contents come first: EADD copies the whole page, the stream tells it in pieces.
        for (size_t at = 64; at < stream.size(); at += 64) {
            if (stream[at + 1] != std::byte { 'E' })
                continue;
            std::memcpy(reinterpret_cast<void*>(secs.base + word(at + 8)), stream.data() + at + 64, 256);
            at += 256;
        }
        for (size_t at = 64; at < stream.size(); at += 64) {
            auto const address = secs.base + word(at + 8);
            if (stream[at + 1] == std::byte { 'E' }) {
                EXPECT_EQ(eextend(*enclave, address), kDone);
                at += 256;
                continue;
            }
            SecInfo info;
            info.flags = word(at + 16);
            std::array<std::byte, kPageSize> page;
            std::memcpy(page.data(), reinterpret_cast<void const*>(address), kPageSize);
            EXPECT_EQ(eadd(*enclave, address, info, page), kDone);
        }
        EinitStatus status {};
        EXPECT_EQ(einit(*enclave, vector->signature, status), kDone);
        return status;
    };
    EXPECT_EQ(build(vector->stream), EinitStatus::Success);
    auto changed = vector->stream;
    changed[64 + 64 + 64] ^= std::byte { 1 };
    EXPECT_EQ(build(changed), EinitStatus::InvalidMeasurement);
}

TEST(Create, gives_errors_as_the_driver_does)
{
    auto parameters = TestEnclave::parameters();
    parameters.range.size += 4096;
    EXPECT_EQ(platform().create(parameters).error(), Errno::Einval);
    parameters.range = { 1ull << 40, 1ull << 20 };
    EXPECT_EQ(platform().create(parameters).error(), Errno::Einval);
    auto first = MUST(platform().create(TestEnclave::parameters()));
    EXPECT_EQ(platform().create(TestEnclave::parameters()).error(), Errno::Eexist);
}

TEST(Eenter, faults_for_an_address_that_is_no_tcs)
{
    auto enclave = TestEnclave::make();
    expect_refused(call(*enclave, kTcs + 8, Command::Echo).outcome, sgx::kVectorGp);
    expect_refused(call(*enclave, TestEnclave::kBase, Command::Echo).outcome, sgx::kVectorPf, TestEnclave::kBase);
    expect_refused(call(*enclave, 0, Command::Echo).outcome, sgx::kVectorPf, 0);
    expect_refused(call(*enclave, 1ull << 45, Command::Echo).outcome, sgx::kVectorPf, 1ull << 45);
    EXPECT_EQ(call(*enclave, kTcs, Command::Echo).outcome.kind, Kind::Exit);
}

TEST(Eenter, faults_before_the_enclave_is_initialised)
{
    auto enclave = MUST(platform().create(TestEnclave::parameters()));
    for (auto const& run : TestEnclave::pages())
        ASSERT_TRUE(enclave->add(run));
    expect_refused(call(*enclave, kTcs, Command::Echo).outcome, sgx::kVectorGp);
    EXPECT_EQ(enclave->protect({ TestEnclave::kBase + 0x9000, 4096 }, sgx::kPageRead).error(), Errno::Einval);
    EXPECT_EQ(enclave->release({ TestEnclave::kBase + 0x9000, 4096 }).error(), Errno::Einval);
}

TEST(Eenter, faults_for_a_tcs_with_fields_that_the_manual_forbids)
{
    auto const enters = [](auto spoil) {
        auto enclave = with_spoiled_tcs(spoil);
        return call(*enclave, kTcs, Command::Echo).outcome;
    };
    EXPECT_EQ(enters([](sgx::Tcs&) {}).kind, Kind::Exit);
    expect_refused(enters([](sgx::Tcs& tcs) { tcs.ossa += 8; }), sgx::kVectorGp);
    expect_refused(enters([](sgx::Tcs& tcs) { tcs.ofsbase += 8; }), sgx::kVectorGp);
    expect_refused(enters([](sgx::Tcs& tcs) { tcs.ogsbase += 8; }), sgx::kVectorGp);
    expect_refused(enters([](sgx::Tcs& tcs) { tcs.flags = 1ull << 5; }), sgx::kVectorGp);
    expect_refused(enters([](sgx::Tcs& tcs) { tcs.nssa = 0; }), sgx::kVectorGp);
    expect_refused(enters([](sgx::Tcs& tcs) { tcs.oentry = 1ull << 62; }), sgx::kVectorGp);
    // SSA frames that are not there, or not writable.
    expect_refused(enters([](sgx::Tcs& tcs) { tcs.ossa = 0xC000; }), sgx::kVectorPf, TestEnclave::kBase + 0xC000);
    expect_refused(enters([](sgx::Tcs& tcs) { tcs.ossa = TestEnclave::kCode; }), sgx::kVectorPf, TestEnclave::kBase);
}

TEST(Eenter, faults_when_no_ssa_frame_is_left)
{
    auto enclave = TestEnclave::make();
    ASSERT_EQ(call(*enclave, kTcs, Command::RaiseUd).outcome.kind, Kind::Exception);
    // An interrupt of the exception entry takes the second of the two.
    ASSERT_TRUE(platform().on_signal(SIGUSR1, [](int, siginfo_t const&, ucontext_t&) {}));
    raise(SIGUSR1);
    ASSERT_EQ(enter(*enclave, kTcs, EntryLeaf::Enter).outcome.kind, Kind::Interrupt);
    expect_refused(enter(*enclave, kTcs, EntryLeaf::Enter).outcome, sgx::kVectorGp);
    EXPECT_EQ(enter(*enclave, kTcs, EntryLeaf::Resume).outcome.kind, Kind::Exit);
}

TEST(Eenter, faults_while_another_thread_is_inside_by_the_same_tcs)
{
    auto enclave = TestEnclave::make();
    auto& stop = *reinterpret_cast<uint64_t volatile*>(TestEnclave::carrier(0) + 192);
    std::thread inside([&] { EXPECT_EQ(call(*enclave, kTcs, Command::Forever).outcome.kind, Kind::Exit); });
    // It is in when the stack slot of its counter moves.
    auto& counter = *reinterpret_cast<uint64_t volatile*>(TestEnclave::carrier(0) + 0xF00 - 16);
    while (counter < 1000)
        std::this_thread::yield();
    for (int round = 0; round < 100; ++round) {
        expect_refused(call(*enclave, kTcs, Command::Echo).outcome, sgx::kVectorGp);
        expect_refused(enter(*enclave, kTcs, EntryLeaf::Resume).outcome, sgx::kVectorGp);
    }
    stop = 1;
    inside.join();
    EXPECT_EQ(call(*enclave, kTcs, Command::Echo).outcome.kind, Kind::Exit);
}

TEST(Eresume, faults_when_there_is_nothing_to_resume)
{
    auto enclave = TestEnclave::make();
    expect_refused(enter(*enclave, kTcs, EntryLeaf::Resume).outcome, sgx::kVectorGp);
    ASSERT_EQ(call(*enclave, kTcs, Command::RaiseUd).outcome.kind, Kind::Exception);
    TestEnclave::gprs(0).rip += 2;
    EXPECT_EQ(enter(*enclave, kTcs, EntryLeaf::Resume).outcome.kind, Kind::Exit);
    expect_refused(enter(*enclave, kTcs, EntryLeaf::Resume).outcome, sgx::kVectorGp);
}

TEST(Eresume, faults_for_a_state_that_no_processor_can_take_and_can_be_tried_again)
{
    auto enclave = TestEnclave::make();
    ASSERT_EQ(call(*enclave, kTcs, Command::RaiseUd).outcome.kind, Kind::Exception);
    auto& gprs = TestEnclave::gprs(0);
    gprs.rip += 2;
    auto const refuses = [&](auto& field, auto value) {
        auto const good = std::exchange(field, value);
        expect_refused(enter(*enclave, kTcs, EntryLeaf::Resume).outcome, sgx::kVectorGp);
        field = good;
    };
    constexpr uint64_t kNonCanonical = 1ull << 47;
    auto* const xsave = reinterpret_cast<std::byte*>(TestEnclave::ssa(0));
    refuses(gprs.rip, kNonCanonical);
    refuses(gprs.fs_base, kNonCanonical);
    refuses(gprs.gs_base, kNonCanonical);
    refuses(*reinterpret_cast<uint64_t*>(xsave + 512), 1ull << 9);  // a feature that the enclave does not have
    refuses(*reinterpret_cast<uint64_t*>(xsave + 520), 1ull << 63); // XCOMP_BV
    refuses(*reinterpret_cast<uint64_t*>(xsave + 528), 1ull);
    refuses(*reinterpret_cast<uint32_t*>(xsave + 24), ~0u); // reserved bits of MXCSR
    auto resumed = enter(*enclave, kTcs, EntryLeaf::Resume);
    EXPECT_EQ(resumed.outcome.kind, Kind::Exit);
    EXPECT_EQ(resumed.registers.rdi, 77u);
}

TEST(Eresume, keeps_flags_that_only_a_kernel_may_set_out_of_the_processor)
{
    auto enclave = TestEnclave::make();
    ASSERT_EQ(call(*enclave, kTcs, Command::RaiseUd).outcome.kind, Kind::Exception);
    TestEnclave::gprs(0).rip += 2;
    TestEnclave::gprs(0).rflags |= 0x100 | 0x3000 | 0x4000 | 0x20000; // TF IOPL NT VM
    EXPECT_EQ(enter(*enclave, kTcs, EntryLeaf::Resume).outcome.kind, Kind::Exit);
}

TEST(Pages, can_be_committed_changed_and_released)
{
    auto enclave = TestEnclave::make();
    Range const range { TestEnclave::kBase + 0xA000, 0x2000 };
    auto const word = range.address + 8;
    ASSERT_TRUE(enclave->protect(range, sgx::kPageRead | sgx::kPageWrite));
    EXPECT_EQ(*reinterpret_cast<uint64_t*>(word), 0u);
    EXPECT_EQ(call(*enclave, kTcs, Command::Count, word, 9).outcome.kind, Kind::Exit);
    EXPECT_EQ(*reinterpret_cast<uint64_t*>(word), 9u);
    ASSERT_TRUE(enclave->protect(range, sgx::kPageRead));
    auto write = call(*enclave, kTcs, Command::RaisePfWrite, word);
    EXPECT_EQ(write.outcome.vector, sgx::kVectorPf);
    TestEnclave::gprs(0).rip += 3;
    enter(*enclave, kTcs, EntryLeaf::Resume);
    ASSERT_TRUE(enclave->release(range));
    EXPECT_EQ(call(*enclave, kTcs, Command::RaisePfRead, word).outcome.vector, sgx::kVectorPf);
    ASSERT_TRUE(enclave->protect(range, sgx::kPageRead));
    EXPECT_EQ(*reinterpret_cast<uint64_t*>(word), 0u);
}

TEST(Pages, of_which_entries_depend_cannot_be_changed)
{
    auto enclave = TestEnclave::make();
    for (auto address : { kTcs, TestEnclave::ssa(0), TestEnclave::ssa(0, 1), TestEnclave::tcs(3) }) {
        EXPECT_EQ(enclave->protect({ address, 4096 }, sgx::kPageRead).error(), Errno::Einval);
        EXPECT_EQ(enclave->release({ address, 4096 }).error(), Errno::Einval);
    }
    EXPECT_EQ(enclave->release({ TestEnclave::kBase + 0x8000, 0x40000 }).error(), Errno::Einval);
    EXPECT_TRUE(enclave->protect({ TestEnclave::carrier(0), 4096 }, sgx::kPageRead | sgx::kPageWrite));
}

TEST(Pages, lie_in_the_enclave_and_are_whole)
{
    auto enclave = TestEnclave::make();
    auto const refuses = [&](Range range) { return enclave->protect(range, sgx::kPageRead).is_error(); };
    EXPECT_TRUE(refuses({ TestEnclave::kBase + 0xA001, 4096 }));
    EXPECT_TRUE(refuses({ TestEnclave::kBase + 0xA000, 4095 }));
    EXPECT_TRUE(refuses({ TestEnclave::kBase + 0xA000, 0 }));
    EXPECT_TRUE(refuses({ TestEnclave::kBase - 4096, 8192 }));
    EXPECT_TRUE(refuses({ TestEnclave::kBase + TestEnclave::kSize - 4096, 8192 }));
    EXPECT_TRUE(refuses({ TestEnclave::kBase + 0xA000, ~0xFFFull }));
    EXPECT_TRUE(enclave->protect({ TestEnclave::kBase + 0xA000, 4096 }, 8).is_error());
}

} // namespace farl::host
