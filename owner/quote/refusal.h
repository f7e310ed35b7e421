// Refusal: why a quote is not accepted. Thrown by the steps of verification, caught once, in verify_quote().
#pragma once

#include <stdexcept>
#include <string>

namespace farl::owner {

enum class RefusalReason {
    MalformedQuote,
    UnsupportedQuote,
    EmulatedQuote,
    MalformedCollateral,
    MalformedCertificate,
    UntrustedRoot,
    InvalidChain,
    CertificateNotValidNow,
    CertificateRevoked,
    CrlNotValidNow,
    CollateralNotValidNow,
    InvalidCollateralSignature,
    NoCollateral,          // for such platforms
    OlderCollateral,       // than what is known
    WrongCollateral,       // of another platform
    WrongQuotingEnclave,   // not the one the collateral describes
    InvalidQeSignature,    // of the quoting enclave's report, by the platform
    InvalidKeyBinding,     // the attestation key is not the one in the quoting enclave's report
    InvalidQuoteSignature, // by the attestation key
    UnknownTcb,
    TcbNotTolerated,
    DebugEnclave,
};

// Its name in JSON: "untrusted-root".
char const* name_of(RefusalReason reason);

class Refusal : public std::runtime_error {
public:
    Refusal(RefusalReason reason, std::string const& explanation) : std::runtime_error(explanation), reason_(reason) { }
    RefusalReason reason() const { return reason_; }

private:
    RefusalReason reason_;
};

} // namespace farl::owner
