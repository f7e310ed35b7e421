// EnclaveService: what a CAS answers to an enclave, from the certificate that it connected with and the request that it
// sent. No connection: blocks of abi/formats/admission.h. Any thread, if what it decides by may be called so.
#pragma once

#include "owner/cas/admission.h"
#include "owner/quote/collateral_cache.h"

#include <functional>
#include <openssl/x509.h>

namespace farl::owner {

inline constexpr char const* kEnclaveProtocol = "farl-enclave/1";

class EnclaveService {
public:
    // Called with evidence that was verified. May throw DatabaseError.
    using Decide = std::function<Admitted(AdmissionRequest const&)>;

    // The collateral has to outlive this.
    EnclaveService(CollateralCache& collateral, Decide decide) : collateral_(collateral), decide_(std::move(decide)) { }

    // A startup configuration, or a denial. Never throws for what the certificate and the request contain.
    Secret answer(X509* certificate, std::span<std::byte const> request, std::string const& peer) const;

private:
    Admitted admitted(X509* certificate, std::span<std::byte const> request, std::string const& peer) const;

    CollateralCache& collateral_;
    Decide decide_;
};

} // namespace farl::owner
