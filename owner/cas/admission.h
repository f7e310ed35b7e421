// Admission: what a CAS answers to an enclave, by its sessions: what the enclave gets, if it has shown what its session
// asks for. Within a rate, and each verdict is recorded in the audit log before it is told. And then, what becomes of
// its volumes. One thread at a time.
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
    Hash holder {}; // its key (holder_of()), by which it is known again
};

// What an enclave gets, and how long its volumes are its own; 0: it has none.
struct Startup {
    Secret config;
    std::chrono::seconds lease { 0 };
};
// Or why there is none.
using Admitted = std::variant<Startup, Denial>;

inline constexpr std::chrono::seconds kUsualLease { 30 };

class Admission {
public:
    // The store has to outlive this. `lease` is for how long an enclave that is not heard of keeps its volumes.
    Admission(Store& store, RateLimit limit, std::chrono::seconds lease = kUsualLease)
        : store_(store),
          limiter_(limit),
          lease_(lease)
    {
    }

    // Throws DatabaseError, and then it is not let in.
    Admitted decide(AdmissionRequest const& request, RateLimiter::Time now);

    // A volume's new state, from an enclave that was let in and has this key. How much longer the volume is its own, or
    // why that is not so. Throws DatabaseError, and then nothing is kept.
    std::variant<std::chrono::seconds, Denial> keep(StateToKeep const& wanted, Hash const& holder);

private:
    Admitted judge_request(AdmissionRequest const& request) const;
    Admitted started(StoredSession& stored, std::string const& service, Hash const& holder) const;
    void record(AdmissionRequest const& request, Denial const* denial);

    Store& store_;
    RateLimiter limiter_;
    std::chrono::seconds lease_;
};

} // namespace farl::owner
