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
    // May throw DatabaseError.
    using Keep = std::function<KeptOrDenied(ToldState const&)>;

    // The collateral has to outlive this.
    EnclaveService(CollateralCache& collateral, Decide decide, Keep keep)
        : collateral_(collateral),
          decide_(std::move(decide)),
          keep_(std::move(keep))
    {
    }

    struct Answer {
        Secret block;                     // a startup configuration, credentials, what is kept, or a denial
        bool is_last { true };            // there is nothing more to be asked on this connection
        std::chrono::seconds lease { 0 }; // if not: how long the enclave has until its next request
    };
    // Never throws for what the certificate and the request contain.
    Answer answer(X509* certificate, std::span<std::byte const> request, std::string const& peer) const;

private:
    Answer answer_to_request(X509* certificate, std::span<std::byte const> request, std::string const& peer) const;
    Answer answer_to_state(X509* certificate, std::span<std::byte const> request) const;
    Admitted admitted(X509* certificate, std::span<std::byte const> request, std::string const& peer) const;

    CollateralCache& collateral_;
    Decide decide_;
    Keep keep_;
};

} // namespace farl::owner
