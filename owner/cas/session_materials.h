// What a session's secrets are: kept from its predecessor where the rule stayed, made anew where it changed.
#pragma once

#include "owner/cas/session_record.h"

#include <functional>

namespace farl::owner {

using Importer = std::function<Material(ImportedSecret const&)>;

// `old` is of the predecessor. Every import is tried, so that a session with one that is refused is not stored.
ByName<Material> make_materials(Session const& session, ByName<Material> old, Importer const& imported, time_t now);

// Gives certificates that end soon successors, for the same keys. Returns the names of those.
std::vector<std::string> renew_materials(
    Session const& session, ByName<Material>& materials, Importer const& imported, time_t now);

// What the console of a service with a shielded one is sealed with: 32 bytes. The service has to be one.
Secret const& console_key(ByName<Material> const& made, std::string_view service);

// Of a secret of its own; `name` is one of its secrets, and not imported.
Material own_material(ByName<Material> const& made, Session const& session, std::string_view name);

} // namespace farl::owner
