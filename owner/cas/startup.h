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

// Throws NotSupported, StoreRefusal (an import that is exported no more), DatabaseError.
Secret startup_config(Store const& store, StoredSession const& stored, Service const& service);

} // namespace farl::owner
