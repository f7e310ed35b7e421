// Single values of a store, sealed in its table `meta`, each in the context of its name. Within a transaction if
// written.
#pragma once

#include "owner/cas/database.h"
#include "owner/keys/ed25519_key.h"
#include "owner/keys/master_key.h"

namespace farl::owner {

std::string sealing_context(char const* name);

// None if it is not there. Throws DatabaseError if it does not open.
std::optional<Secret> load_sealed(Database& database, MasterKey const& key, char const* name);
void save_sealed(Database& database, MasterKey const& key, char const* name, std::string_view value);
void remove_sealed(Database& database, char const* name);

// A key of the CAS itself, made the first time.
Ed25519Key load_or_make_key(Database& database, MasterKey const& key, char const* name);

} // namespace farl::owner
