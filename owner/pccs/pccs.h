// Pccs: a server of collateral, by version 4 of the API of Intel's Provisioning Certification Service (PCS), which its
// caches (PCCS) have too. Nothing it says is verified here: who uses the collateral does.
#pragma once

#include "owner/quote/platform_family.h"

#include <string>

namespace farl::owner {

class Pccs {
public:
    // "https://host:port", also with the path of the API behind it; `certificates` as in HttpRequest. Throws
    // HttpFailure.
    Pccs(std::string url, std::string certificates, long timeout_seconds);

    // In the form of docs/formats/collateral.md. Throws HttpFailure.
    std::string collateral_for(PlatformFamily const& family) const;

private:
    struct SignedPart;
    SignedPart signed_part(std::string const& path, char const* member, char const* chain_header) const;
    std::string root_list() const;

    std::string url_;
    std::string certificates_;
    long timeout_seconds_;
};

} // namespace farl::owner
