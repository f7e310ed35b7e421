// Admission: what a CAS answers to an enclave, by its sessions: what the enclave gets, if it has shown what its session
// asks for. Within a rate, and each verdict is recorded in the audit log before it is told. One thread at a time.
#pragma once

#include "owner/cas/rate_limiter.h"
#include "owner/cas/store.h"
#include "owner/cas/verdict.h"

namespace farl::owner {

struct AdmissionRequest {
    std::string session;
    std::string service;
    std::string peer;                     // the address that it comes from: what is limited, with the session
    std::variant<Evidence, Denial> shown; // or why that counts for nothing
    sgx::ReportData bound;
};

// The startup configuration, or why there is none.
using Admitted = std::variant<Secret, Denial>;

class Admission {
public:
    // The store has to outlive this.
    Admission(Store& store, RateLimit limit) : store_(store), limiter_(limit) { }

    // Throws DatabaseError, and then it is not let in.
    Admitted decide(AdmissionRequest const& request, RateLimiter::Time now);

private:
    Admitted judge_request(AdmissionRequest const& request) const;
    void record(AdmissionRequest const& request, Denial const* denial);

    Store& store_;
    RateLimiter limiter_;
};

} // namespace farl::owner
