// The verdict on an enclave: whether what it has shown is what a session's service asks for. That the evidence is
// genuine (signatures, chains, revocation, times) was checked before: owner/quote for quotes of hardware.
#pragma once

#include "owner/policy/session.h"
#include "owner/quote/verifier.h"

namespace farl::owner {

using Evidence = std::variant<Attestation, EmulatedAttestation>;

sgx::ReportBody const& report_of(Evidence const& evidence);

struct Denial {
    enum class Reason {
        MalformedRequest,
        MalformedEvidence, // no evidence in the certificate, or that of another key
        NotGenuine,        // the quote: its verification refuses it
        NoSuchService,     // nor such a session: who is not let in learns no difference
        NotBound,
        EmulatorNotTolerated,
        DebugEnclave,
        WrongEnclave,
        WrongSigner,
        WrongProduct,
        EnclaveTooOld,
        TcbNotTolerated,
        UnknownPlatform,
        TooManyAttempts,
        NotSupported, // what the service asks for
        StartedAlready,
        VolumeInUse, // another enclave has its lease
        LeaseLost,   // of a volume, which the enclave thinks it has
        OlderState,  // of a volume, than the one that is kept
        StoreFailed,
    };

    Reason reason;
    std::string explanation; // for the operator of the container: what does not match, and no secret
};

// In the audit log and the protocol: "wrong-enclave".
char const* name_of(Denial::Reason reason);

// `bound` is what REPORTDATA has to be for this connection, so that evidence of another one, or of an earlier time, is
// of no use. None: the enclave is what the rule asks for.
std::optional<Denial> judge(AttestationRule const& rule, Evidence const& evidence, sgx::ReportData const& bound);

} // namespace farl::owner
