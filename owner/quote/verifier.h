// Verification of quotes: whether an enclave runs on a genuine platform, which one, and what is known of it. Intel SGX
// DCAP, ECDSA quotes; the steps are those of Intel's quote verification library.
#pragma once

#include "owner/quote/collateral.h"
#include "owner/quote/refusal.h"

#include <set>

namespace farl::owner {

// What is accepted of a genuine quote.
struct Tolerance {
    // Without OutOfDate: what is known to be broken needs somebody who says that it does not matter.
    std::set<TcbStatus> tcb { TcbStatus::UpToDate, TcbStatus::SwHardeningNeeded, TcbStatus::ConfigurationNeeded,
        TcbStatus::ConfigurationAndSwHardeningNeeded };
    bool debug_enclaves { false }; // their host reads their memory
};

// What a genuine quote says.
struct Attestation {
    sgx::ReportBody report;
    std::string root; // the name of the trusted root
    TcbStatus tcb_status;
    std::string tcb_date;
    std::vector<std::string> advisory_ids;
    std::vector<std::byte> fmspc;
    std::vector<std::byte> ppid; // the platform's own number
    uint64_t tcb_evaluation_number;
    time_t valid_until; // of the collateral that was used

    bool is_debug() const { return report.attributes.flags & sgx::kAttributeDebug; }
};

// What a quote of an emulator says (emulated_quote.h). It proves who signed, and protects nothing.
struct EmulatedAttestation {
    sgx::ReportBody report;
    sgx::Hash root; // SHA-256 of the root's key: which machine's emulator
    std::array<std::byte, 16> platform;

    bool is_debug() const { return report.attributes.flags & sgx::kAttributeDebug; }
};

struct Verdict {
    std::optional<Attestation> attestation;      // if the quote is genuine
    std::optional<EmulatedAttestation> emulated; // if it is an emulator's
    std::optional<RefusalReason> refusal;        // none: acceptable
    std::string explanation;

    bool is_acceptable() const { return !refusal; }
};

// Never throws for what the quote or the collateral contain.
Verdict verify_quote(Bytes quote, Collateral const& collateral, time_t now, Tolerance const& tolerance = {},
    std::vector<TrustedRoot> const& roots = { intel_root() });

// What kind of platform the quote's certificate says it is from: which collateral to use. Not verified. Throws Refusal.
PlatformFamily claimed_family(Quote const& quote);

// The steps of the above after the quote itself was parsed and the collateral verified at `now`. Throws Refusal.
Attestation attest(Quote const& quote, Collateral const& collateral, time_t now, std::vector<TrustedRoot> const& roots);
void refuse_debug_enclave(sgx::ReportBody const& report);
void check_tolerance(Attestation const& attestation, Tolerance const& tolerance);

} // namespace farl::owner
