// Platform: what makes enclaves run, in the vocabulary of the Linux SGX driver and its vDSO. The launcher uses nothing
// else. Implementations: emulator/. Addresses are absolute, sizes are bytes, both multiples of the page size.
#pragma once

#include "abi/sgx/page_run.h"
#include "abi/sgx/report.h"
#include "abi/sgx/sigstruct.h"
#include "base/owned.h"

#include <csignal>
#include <optional>
#include <ucontext.h>
#include <vector>

namespace farl::host {

using sgx::PageRun;
using sgx::Range;

struct EnclaveParameters {
    Range range;
    sgx::Attributes attributes;
    uint32_t misc_select { sgx::kMiscExinfo };
    uint32_t ssa_frame_pages { 1 };
};

enum class EntryLeaf : uint32_t {
    Enter = 2,
    Resume = 3,
};

struct LeafRegisters {
    uint64_t rdi { 0 };
    uint64_t rsi { 0 };
    uint64_t rdx { 0 };
    uint64_t r8 { 0 };
    uint64_t r9 { 0 };
};

struct Outcome {
    enum class Kind : uint8_t {
        Exit,      // EEXIT: the registers are the enclave's
        Exception, // an AEX by a fault in the enclave: vector, error_code, address
        Interrupt, // an AEX by a signal: look at what its handler noted, then Resume
        Refused,   // EENTER or ERESUME itself faulted (vector, error_code, address); the enclave did not run
    };
    Kind kind { Kind::Exit };
    uint8_t vector { 0 };
    uint32_t error_code { 0 };
    uint64_t address { 0 };
};

// What a thread does between two entries: the user handler of the vDSO.
class OutcomeHandler {
public:
    virtual ~OutcomeHandler() = default;
    // `registers` are what the enclave left; what is put there goes in with the next leaf. No leaf: stay outside.
    virtual std::optional<EntryLeaf> handle(Outcome const& outcome, LeafRegisters& registers) = 0;
};

// Threads: add and initialise are for one thread; everything else may be called by any thread at any time.
class Enclave {
public:
    virtual ~Enclave() = default;

    // Page by page in ascending order: EADD, and EEXTEND of all of the page if it is measured.
    virtual Result<> add(PageRun const& run) = 0;

    // EINIT. `enclu_sites` are the addresses of the ENCLU sites of the enclave's own code (abi/sgx/enclu.h).
    // EPERM if the signature or the measurement is wrong, EINVAL if an attribute is.
    virtual Result<> initialise(sgx::SigStruct const& signature, std::span<uint64_t const> enclu_sites) = 0;

    // EENTER or ERESUME on this thread, again and again until the handler wants no more. RCX is the address that EEXIT
    // has to put in RBX; RSP and RBP are the host's, and what lies below RSP is free. All other registers and flags are
    // unspecified, as a hostile host's would be.
    virtual void serve(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, OutcomeHandler& handler) = 0;
    // Once.
    Outcome enter(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers);

    // Pages of an initialised enclave (of any type but TCS): the host's half. Which pages there are, the enclave
    // decides by accepting them (ENCLU).

    // The host's page tables let these accesses (sgx::kPage...) through. Where there is no page, the first of them
    // brings one: zero, readable and writable, to be accepted.
    virtual Result<> protect(Range range, uint64_t permissions) = 0;

    // The same, readable and writable, for pages that will come by EACCEPTCOPY, which no thread may see before.
    virtual Result<> prepare(Range range) = 0;

    // EMODPR of each page of the range, all of which have been accepted.
    virtual Result<> restrict(Range range, uint64_t permissions) = 0;

    // EMODT of each page of the range, all of which have been accepted, to trimmed pages.
    virtual Result<> trim(Range range) = 0;

    // Removes pages that were trimmed, which the enclave has accepted; the page tables keep what they let through. So a
    // new page can come.
    virtual Result<> discard(Range range) = 0;

    // The same; and the page tables let nothing through.
    virtual Result<> release(Range range) = 0;

    virtual sgx::Secs const& secs() const = 0;
};

inline Outcome Enclave::enter(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers)
{
    struct Once final : OutcomeHandler {
        Outcome outcome;
        std::optional<EntryLeaf> handle(Outcome const& seen, LeafRegisters&) override
        {
            outcome = seen;
            return {};
        }
    } once;
    serve(tcs, leaf, registers, once);
    return once.outcome;
}

// Runs on the thread that got the signal, on its alternate stack if it has entered an enclave, with the host's FS and
// GS base and with every signal blocked. Only what is async-signal-safe. `context` is the interrupted state: the
// enclave's if the RIP is inside it; a handler may change RIP and registers of its own host code there.
using SignalHandler = void (*)(int signal, siginfo_t const& info, ucontext_t& context);

class Platform {
public:
    virtual ~Platform() = default;

    // ECREATE. EINVAL for parameters the manual forbids, EEXIST if the address range is not free.
    virtual Result<Owned<Enclave>> create(EnclaveParameters const& parameters) = 0;

    // Installs a process-wide handler without SA_RESTART; null restores the default action. The contract:
    // - The signal is never lost: if it finds the thread inside the enclave, or arrives after the last outcome
    //   Interrupt, then the enclave is left (AEX) or not run at all, and this or the next outcome is Interrupt.
    //   The state is as after an AEX in either case: Resume (or Enter the handler) next.
    // - So a loop that looks at its queue of noted signals at each outcome Interrupt misses none. What it
    //   has already seen elsewhere costs one spurious Interrupt, unless take_interrupt() was called before looking.
    // - SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP and SIGSYS come here only if a process sent them. True faults in
    //   the enclave are Exceptions; true faults of the host end the process.
    virtual Result<> on_signal(int signal, SignalHandler handler) = 0;

    // Whether a signal came since the last outcome Interrupt, on this thread; and forgets it.
    virtual bool take_interrupt() = 0;

    // Whom an enclave makes a report for, so that quote() can be had for it.
    virtual Result<sgx::TargetInfo> quoting_target() = 0;

    // A quote (abi/sgx/quote.h) of the enclave that made `report` for quoting_target(). EACCES if the report is not
    // genuine.
    virtual Result<std::vector<std::byte>> quote(sgx::Report const& report) = 0;

    // The largest ATTRIBUTES.XFRM that create() accepts here.
    virtual uint64_t supported_xfrm() const = 0;
};

} // namespace farl::host
