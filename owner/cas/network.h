// What a service's network rules become in its startup configuration (docs/formats/startup-config.md).
#pragma once

#include "owner/cas/store.h"
#include "owner/launch/startup_writer.h"

namespace farl::owner {

// Nothing if the service has none. Throws StoreRefusal, DatabaseError, and what certificates give.
void add_network(StartupWriter& writer, Store const& store, StoredSession const& stored, Service const& service,
    GivenTickets const& tickets);

// What of it an enclave asks for again while it runs: formats::Credentials. Throws the same.
Secret renewed_credentials(
    Store const& store, StoredSession const& stored, Service const& service, GivenTickets const& tickets);

// Whether the service ends TLS, so that it has tickets to seal.
bool has_tickets(Service const& service);

} // namespace farl::owner
