// What a CAS answers to owners about the volumes of their sessions. docs/formats/cas-protocol.md.
#pragma once

#include "owner/cas/store.h"

namespace farl::owner {

// None if `kind` is about something else. Throws BadRequest, StoreRefusal, DatabaseError.
std::optional<nlohmann::ordered_json> answer_about_volumes(
    Store& store, std::string_view kind, nlohmann::ordered_json const& request, Ed25519Point const& caller);

} // namespace farl::owner
