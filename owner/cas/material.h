// Material: what a secret is once it was made. Made once: it is stored with the session, and later versions of the
// session keep it as long as the rule that it was made by stays. Certificates get successors, their keys do not.
#pragma once

#include "owner/policy/session.h"

#include <ctime>

namespace farl::owner {

struct Material {
    enum class Kind : uint8_t { Text, Certificate, Authority };

    Kind kind { Kind::Text };
    Hash rule {};            // what it was made by
    Secret secret;           // the text, or the key in PEM
    std::string certificate; // PEM
    std::string chain;       // PEM: the certificate, then its authority's

    // None if it has no such part, or one that stays at the CAS.
    std::optional<Secret> part(SecretPart part) const;
};

Material make_generated(GeneratedSecret const& rule);
// For the key of `predecessor`, if that is not null: a successor that whoever trusts the key takes as well.
Material make_authority(AuthoritySecret const& rule, time_t now, Material const* predecessor = nullptr);
Material make_certificate(
    CertificateSecret const& rule, Material const& authority, time_t now, Material const* predecessor = nullptr);

} // namespace farl::owner
