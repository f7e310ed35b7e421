// Admission: lets enclaves in that have shown what their session asks for, within a rate, and records each verdict in
// the audit log before it is told.
#pragma once

#include "owner/cas/rate_limiter.h"
#include "owner/cas/store.h"
#include "owner/cas/verdict.h"

namespace farl::owner {

struct AdmissionRequest {
    std::string session;
    std::string service;
    std::string peer; // the address that it comes from: what is limited, with the session
    Evidence evidence;
    sgx::ReportData bound;
};

class Admission {
public:
    // The store has to outlive this.
    Admission(Store& store, RateLimit limit) : store_(store), limiter_(limit) { }

    // None: it is let in. Throws DatabaseError, and then it is not.
    std::optional<Denial> decide(AdmissionRequest const& request, RateLimiter::Time now);

private:
    std::optional<Denial> judge_request(AdmissionRequest const& request) const;
    void record(AdmissionRequest const& request, std::optional<Denial> const& denial);

    Store& store_;
    RateLimiter limiter_;
};

} // namespace farl::owner
