// A message between owners and a CAS: a frame of JSON. docs/formats/cas-protocol.md.
#pragma once

#include "owner/cas/frame.h"

#include <nlohmann/json.hpp>

namespace farl::owner {

inline constexpr char const* kOwnerProtocol = "farl-owner/1";

void send_message(TlsStream& stream, nlohmann::ordered_json const& message);
// None at a proper end. Throws TlsFailure, also for what is no JSON object.
std::optional<nlohmann::ordered_json> receive_message(TlsStream& stream);

} // namespace farl::owner
