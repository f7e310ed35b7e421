// Admission: what a CAS answers to an enclave, by its sessions: what the enclave gets, if it has shown what its session
// asks for, when it begins and when it wants newer credentials. Within a rate, and each verdict is recorded in the
// audit log before it is told. And then, what becomes of its volumes. One thread at a time.
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
    // What it asks for: to begin, or newer credentials for what it began with.
    enum class Purpose { Start, Renewal };
    Purpose purpose { Purpose::Start };
};

// What an enclave gets, and how long its volumes are its own; 0: it has none.
struct Startup {
    Secret config;
    std::chrono::seconds lease { 0 };
};
// Or why there is none.
using Admitted = std::variant<Startup, Denial>;

struct AdmissionTimes {
    std::chrono::seconds lease { 30 };                           // an enclave that is not heard of keeps its volumes
    std::chrono::seconds ticket_keys { std::chrono::hours(12) }; // one key seals session tickets
};

class Admission {
public:
    // The store has to outlive this.
    Admission(Store& store, RateLimit limit, AdmissionTimes const& times = {})
        : store_(store),
          limiter_(limit),
          times_(times)
    {
    }

    // Throws DatabaseError, and then it is not let in.
    Admitted decide(AdmissionRequest const& request, RateLimiter::Time now);

    // Volumes' new states, from enclaves that were let in. Throws DatabaseError, and then nothing is kept.
    std::vector<KeptOrDenied> keep_all(std::span<ToldState const> told)
    {
        return store_.volumes().keep_all(told, times_.lease);
    }

private:
    Admitted judge_request(AdmissionRequest const& request) const;
    Admitted started(StoredSession& stored, std::string const& service, Hash const& holder) const;
    Admitted renewed(StoredSession& stored, std::string const& service) const;
    GivenTickets tickets_of(StoredSession const& stored, std::string const& service) const;
    void record(AdmissionRequest const& request, Denial const* denial);

    Store& store_;
    RateLimiter limiter_;
    AdmissionTimes times_;
};

} // namespace farl::owner
