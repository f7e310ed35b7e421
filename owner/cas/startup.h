// What an enclave gets that is let in: the startup configuration (docs/formats/startup-config.md) of a session's
// service, with all its secrets in it.
#pragma once

#include "owner/cas/store.h"

namespace farl::owner {

// What a service asks for and this version cannot give. It is not started without.
class NotSupported : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct GivenVolumes {
    ByName<VolumeRecord> records; // of all that the service has
    std::chrono::seconds lease { 0 };
};

// `tickets` is for a service that has_tickets(). Throws NotSupported, StoreRefusal (an import that is exported no
// more), DatabaseError. `name` is one of the session's services.
Secret startup_config(Store const& store, StoredSession const& stored, std::string_view name,
    GivenVolumes const& volumes = {}, GivenTickets const& tickets = {});

} // namespace farl::owner
