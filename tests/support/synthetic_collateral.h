// SyntheticPcs: who signs collateral, with a root of its own whose names are Intel's: collateral of any number and
// time.
#pragma once

#include "owner/cas/certificate_builder.h"
#include "owner/quote/collateral.h"

namespace farl {

class SyntheticPcs {
public:
    struct Issue {
        uint64_t evaluation_number { 10 };
        time_t issued;       // of all but
        time_t lists_issued; // the revocation lists; each is good for thirty days
    };

    explicit SyntheticPcs(time_t now, char const* authority = "Intel SGX PCK Platform CA");

    owner::TrustedRoot root() const;
    // For platforms with FMSPC 112233445566. In JSON.
    std::string collateral(Issue const& issue) const;

private:
    struct Signer {
        std::string certificate;
        owner::OpenSsl<EVP_PKEY> key;
    };
    Signer signer(char const* name, time_t now, Signer const* issuer) const;
    static std::string list_of(Signer const& issuer, time_t issued);
    std::string signature(std::string const& text) const;

    Signer root_, authority_, tcb_signer_;
};

} // namespace farl
