#include "tests/platform/test_enclave.h"

#include "abi/sgx/measurement.h"
#include "host/platform/emulator/sha256.h"

#include <list>

namespace farl::host {

namespace {

// Making a key takes up to a second and each test is a process of its own, so the first keeps it for the others.
owner::SigningKey load_or_generate_key()
{
    auto loaded = owner::SigningKey::load(FARL_TEST_KEY);
    if (loaded.is_ok())
        return loaded.release_value();
    auto key = MUST(owner::SigningKey::generate());
    // Where that fails, another has just done it.
    (void)key.save(FARL_TEST_KEY).is_ok();
    return key;
}

owner::SigningKey const& signing_key()
{
    static auto const key = load_or_generate_key();
    return key;
}

sgx::Hash measure(std::span<PageRun const> pages, EnclaveParameters const& parameters)
{
    Sha256 hash;
    auto const update = [&](std::span<std::byte const> bytes) { hash.update(bytes); };
    hash.update(sgx::measurement::ecreate(parameters.ssa_frame_pages, parameters.range.size));
    for (auto const& run : pages)
        sgx::measure_run(run, parameters.range.address, update);
    return hash.current();
}

std::span<std::byte const> code_bytes() { return std::as_bytes(std::span(test_enclave_code, test_enclave_code_end)); }

std::span<std::byte const> tcs_bytes(uint64_t index)
{
    static std::vector<sgx::Tcs> const all = [] {
        std::vector<sgx::Tcs> made;
        for (uint64_t i = 0; i < TestEnclave::kTcsCount; ++i)
            made.push_back(TestEnclave::tcs_contents(i));
        return made;
    }();
    return std::as_bytes(std::span(&all[index], 1));
}

} // namespace

sgx::Gprs& TestEnclave::gprs(uint64_t index, uint64_t frame)
{
    return *reinterpret_cast<sgx::Gprs*>(ssa(index, frame) + sgx::gprs_offset(4096));
}

EnclaveParameters TestEnclave::parameters()
{
    return {
        .range = { kBase, kSize },
        .attributes = { .flags = sgx::kAttributeMode64Bit, .xfrm = platform().supported_xfrm() },
    };
}

sgx::Tcs TestEnclave::tcs_contents(uint64_t index)
{
    return {
        .ossa = ssa(index) - kBase,
        .nssa = 2,
        .oentry = kCode,
        .ofsbase = kData,
        .ogsbase = carrier(index) - kBase,
    };
}

std::vector<PageRun> TestEnclave::pages()
{
    constexpr auto kReadWrite = sgx::SecInfo::regular(sgx::kPageRead | sgx::kPageWrite);
    std::vector<PageRun> pages {
        { { kBase + kCode, kCodeSize }, sgx::SecInfo::regular(sgx::kPageRead | sgx::kPageExecute), code_bytes() },
        { { kBase + kData, 4096 }, kReadWrite, {} },
    };
    for (uint64_t index = 0; index < kTcsCount; ++index) {
        pages.push_back({ { tcs(index), 4096 }, sgx::SecInfo::tcs(), tcs_bytes(index) });
        pages.push_back({ { ssa(index), 2 * 4096 }, kReadWrite, {}, false });
        pages.push_back({ { carrier(index), 4096 }, kReadWrite, {}, false });
    }
    return pages;
}

sgx::SigStruct TestEnclave::signature_for(std::span<PageRun const> pages, EnclaveParameters const& parameters)
{
    sgx::SigStruct structure {};
    structure.header = sgx::kSigStructHeader;
    structure.header2 = sgx::kSigStructHeader2;
    structure.attributes = { .flags = sgx::kAttributeMode64Bit, .xfrm = sgx::kXfrmLegacy };
    structure.attribute_mask = { .flags = ~sgx::kAttributeInit, .xfrm = sgx::kXfrmLegacy };
    structure.misc_select = sgx::kMiscExinfo;
    structure.misc_mask = ~0u;
    structure.enclave_hash = measure(pages, parameters);
    signing_key().sign(structure);
    return structure;
}

std::vector<uint64_t> TestEnclave::enclu_sites()
{
    std::vector<uint64_t> sites;
    for (auto offset : std::span(__start_farl_test_enclu, __stop_farl_test_enclu))
        sites.push_back(kBase + kCode + offset);
    return sites;
}

Owned<Enclave> TestEnclave::make(Platform& on)
{
    // RSA with 3,072 bits takes its time: one signature for all enclaves with the same pages.
    static auto const signature = signature_for(pages());
    auto enclave = MUST(on.create(parameters()));
    for (auto const& run : pages())
        MUST(enclave->add(run));
    MUST(enclave->initialise(signature, enclu_sites()));
    return enclave;
}

Platform& platform()
{
    static auto const instance = MUST(Emulator::create());
    return *instance;
}

Platform& accepting_platform()
{
    static auto const instance = MUST(Emulator::create({}, PageUse::AfterAcceptance));
    return *instance;
}

Call enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters registers)
{
    Call call { {}, registers };
    call.outcome = enclave.enter(tcs, leaf, call.registers);
    return call;
}

Call call(Enclave& enclave, uint64_t tcs, Command command, uint64_t rsi, uint64_t rdx, uint64_t r8, uint64_t r9)
{
    return enter(enclave, tcs, EntryLeaf::Enter, { static_cast<uint64_t>(command), rsi, rdx, r8, r9 });
}

} // namespace farl::host
