// TestEnclave: an enclave of enclave_code.S with a few TCSs, signed with a key of the build tree.
#pragma once

#include "abi/sgx/secs.h"
#include "abi/sgx/ssa.h"
#include "abi/sgx/tcs.h"
#include "host/platform/emulator/emulator.h"
#include "owner/signer/signing_key.h"

#include <vector>

namespace farl::host {

enum class Command : uint64_t {
    Echo,
    ReadState,
    RaiseUd,
    RaisePfRead,
    RaisePfWrite,
    RaiseGp,
    RaiseDe,
    RaiseBp,
    Syscall,
    EncluLeaf,
    AllRegisters,
    Forever,
    PoisonHost,
    UnpatchedExit,
    Count,
    Jump,
    ManyFaults,
    RaiseXm,
    RaiseMf,
    RaiseAc,
    RaiseDb,
    Attest,
};

Platform& platform();
// The one whose pages are of no use before they are accepted.
Platform& accepting_platform();

class TestEnclave {
public:
    static constexpr uint64_t kBase = 1ull << 32;
    static constexpr uint64_t kSize = 1ull << 20;
    static constexpr uint64_t kTcsCount = 4;
    // Offsets.
    static constexpr uint64_t kCode = 0;
    static constexpr uint64_t kCodeSize = 2 * 4096;
    static constexpr uint64_t kData = 0x8000;
    static constexpr uint64_t kFirstTcs = 0x10000;
    static constexpr uint64_t kTcsStride = 0x8000;
    // From the TCS.
    static constexpr uint64_t kSsa = 0x1000;
    static constexpr uint64_t kCarrier = 0x4000;

    static uint64_t tcs(uint64_t index) { return kBase + kFirstTcs + index * kTcsStride; }
    static uint64_t carrier(uint64_t index) { return tcs(index) + kCarrier; }
    static uint64_t ssa(uint64_t index, uint64_t frame = 0) { return tcs(index) + kSsa + frame * 4096; }
    static sgx::Gprs& gprs(uint64_t index, uint64_t frame = 0);

    static EnclaveParameters parameters();
    static sgx::Tcs tcs_contents(uint64_t index);
    static std::vector<PageRun> pages();
    static sgx::SigStruct signature_for(std::span<PageRun const> pages, EnclaveParameters const& = parameters());
    static std::vector<uint64_t> enclu_sites();

    // Built from pages(), initialised.
    static Owned<Enclave> make(Platform& on = platform());
};

// EENTER with a command; what enter() left in the registers.
struct Call {
    Outcome outcome;
    LeafRegisters registers;
};
Call call(Enclave& enclave, uint64_t tcs, Command command, uint64_t rsi = 0, uint64_t rdx = 0, uint64_t r8 = 0,
    uint64_t r9 = 0);
Call enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters registers = {});

} // namespace farl::host

extern "C" char const test_enclave_code[], test_enclave_code_end[];
extern "C" uint64_t const __start_farl_test_enclu[], __stop_farl_test_enclu[];
