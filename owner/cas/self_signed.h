// A certificate for an Ed25519 key by that key, where TLS wants a certificate and the key is all that is looked at.
#pragma once

#include "owner/keys/ed25519_key.h"

namespace farl::owner {

OpenSsl<X509> self_signed_certificate(Ed25519Key const& key);

} // namespace farl::owner
