// PlatformFamily: what one set of collateral is for: platforms with one FMSPC, whose certificates one authority of
// Intel's issued.
#pragma once

#include <compare>
#include <cstddef>
#include <openssl/x509.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farl::owner {

enum class PckAuthority { Processor, Platform };

// As the PCS names them: "processor".
char const* name_of(PckAuthority authority);
std::optional<PckAuthority> pck_authority_from(std::string_view name);
// By the name of an issuer of platforms' certificates or of their revocation list. None if it is neither.
std::optional<PckAuthority> pck_authority_of(X509_NAME const* issuer);

struct PlatformFamily {
    std::vector<std::byte> fmspc;
    PckAuthority authority;

    auto operator<=>(PlatformFamily const&) const = default;
};

// "00a067110000-processor": a file's name.
std::string file_stem(PlatformFamily const& family);
// For people: the command that gets collateral for these platforms.
std::string update_command(PlatformFamily const& family);

} // namespace farl::owner
