#include "owner/quote/refusal.h"

namespace farl::owner {

char const* name_of(RefusalReason reason)
{
    switch (reason) {
    case RefusalReason::MalformedQuote:
        return "malformed-quote";
    case RefusalReason::UnsupportedQuote:
        return "unsupported-quote";
    case RefusalReason::EmulatedQuote:
        return "emulated-quote";
    case RefusalReason::MalformedCollateral:
        return "malformed-collateral";
    case RefusalReason::MalformedCertificate:
        return "malformed-certificate";
    case RefusalReason::UntrustedRoot:
        return "untrusted-root";
    case RefusalReason::InvalidChain:
        return "invalid-chain";
    case RefusalReason::CertificateNotValidNow:
        return "certificate-not-valid-now";
    case RefusalReason::CertificateRevoked:
        return "certificate-revoked";
    case RefusalReason::CrlNotValidNow:
        return "crl-not-valid-now";
    case RefusalReason::CollateralNotValidNow:
        return "collateral-not-valid-now";
    case RefusalReason::InvalidCollateralSignature:
        return "invalid-collateral-signature";
    case RefusalReason::NoCollateral:
        return "no-collateral";
    case RefusalReason::OlderCollateral:
        return "older-collateral";
    case RefusalReason::WrongCollateral:
        return "wrong-collateral";
    case RefusalReason::WrongQuotingEnclave:
        return "wrong-quoting-enclave";
    case RefusalReason::InvalidQeSignature:
        return "invalid-qe-signature";
    case RefusalReason::InvalidKeyBinding:
        return "invalid-key-binding";
    case RefusalReason::InvalidQuoteSignature:
        return "invalid-quote-signature";
    case RefusalReason::UnknownTcb:
        return "unknown-tcb";
    case RefusalReason::TcbNotTolerated:
        return "tcb-not-tolerated";
    case RefusalReason::DebugEnclave:
        return "debug-enclave";
    }
    return "unknown";
}

} // namespace farl::owner
