// A message of the CAS's protocol: 4 bytes of size, big-endian, then so many bytes of JSON.
// docs/formats/cas-protocol.md.
#pragma once

#include "owner/cas/tls.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace farl::owner {

inline constexpr char const* kOwnerProtocol = "farl-owner/1";
inline constexpr size_t kLargestMessage = 4 << 20;

void send_message(TlsStream& stream, nlohmann::ordered_json const& message);
// None at a proper end. Throws TlsFailure, also for what is no JSON object.
std::optional<nlohmann::ordered_json> receive_message(TlsStream& stream);

} // namespace farl::owner
