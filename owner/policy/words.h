// The words of session files for what has few values, for the reader and for the canonical form.
#pragma once

#include "owner/policy/fields.h"
#include "owner/policy/session.h"

namespace farl::owner {

inline constexpr Choice<Encoding> kEncodings[] { { "hex", Encoding::Hex }, { "base64", Encoding::Base64 },
    { "raw", Encoding::Raw } };
inline constexpr Choice<CertificateUse> kCertificateUses[] { { "server", CertificateUse::Server },
    { "client", CertificateUse::Client }, { "both", CertificateUse::Both } };
inline constexpr Choice<SecretPart> kSecretParts[] { { "certificate", SecretPart::Certificate },
    { "key", SecretPart::Key }, { "chain", SecretPart::Chain } };
inline constexpr Choice<Rollback> kRollbacks[] { { "strict", Rollback::Strict }, { "lazy", Rollback::Lazy },
    { "none", Rollback::None } };
inline constexpr Choice<NetworkMode> kNetworkModes[] { { "tls-server", NetworkMode::TlsServer },
    { "tls-client", NetworkMode::TlsClient }, { "plain", NetworkMode::Plain }, { "refuse", NetworkMode::Refuse } };
inline constexpr Choice<OtherSockets> kOtherSockets[] { { "refuse", OtherSockets::Refuse },
    { "plain", OtherSockets::Plain } };
inline constexpr Choice<ConsoleMode> kConsoleModes[] { { "plain", ConsoleMode::Plain },
    { "shielded", ConsoleMode::Shielded } };

} // namespace farl::owner
