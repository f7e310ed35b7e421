// Opens the FSPF of an image, whole in memory, at the owner's side: for building on an image, and for showing it.
#pragma once

#include "abi/formats/fspf.h"
#include "owner/keys/ed25519_key.h"
#include "owner/keys/secret.h"

#include <optional>

namespace farl::owner {

// None if it was not sealed with this key and tag. The payload has still to be parsed.
std::optional<Secret> open_sealed_fspf(
    formats::Bytes file, Secret const& key, std::span<std::byte const, formats::kFspfTagSize> tag);

struct SignedFspf {
    formats::Bytes payload; // of `file`; still to be parsed
    Ed25519Point signer;
};
// None if it is not of this form, or its signature is wrong. Whoever trusts it compares the signer.
std::optional<SignedFspf> open_signed_fspf(formats::Bytes file);

} // namespace farl::owner
