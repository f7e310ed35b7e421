// A frame of the CAS's protocols (docs/formats/cas-protocol.md): 4 bytes of size, big-endian, then so many bytes.
#pragma once

#include "owner/cas/tls.h"
#include "owner/keys/secret.h"

#include <optional>

namespace farl::owner {

inline constexpr size_t kLargestFrame = 4 << 20;

void send_frame(TlsStream& stream, std::string_view contents);
// None at a proper end. Throws TlsFailure.
std::optional<Secret> receive_frame(TlsStream& stream, size_t largest = kLargestFrame);

} // namespace farl::owner
