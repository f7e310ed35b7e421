#include "owner/quote/platform_family.h"

#include "owner/digest/hexadecimal.h"

#include <fmt/format.h>

namespace farl::owner {

char const* name_of(PckAuthority authority) { return authority == PckAuthority::Platform ? "platform" : "processor"; }

std::optional<PckAuthority> pck_authority_from(std::string_view name)
{
    for (auto authority : { PckAuthority::Processor, PckAuthority::Platform }) {
        if (name == name_of(authority))
            return authority;
    }
    return {};
}

std::optional<PckAuthority> pck_authority_of(X509_NAME const* issuer)
{
    char name[64] {};
    X509_NAME_get_text_by_NID(issuer, NID_commonName, name, sizeof name);
    if (std::string_view(name) == "Intel SGX PCK Processor CA")
        return PckAuthority::Processor;
    if (std::string_view(name) == "Intel SGX PCK Platform CA")
        return PckAuthority::Platform;
    return {};
}

std::string file_stem(PlatformFamily const& family)
{
    return fmt::format("{}-{}", to_hex(family.fmspc), name_of(family.authority));
}

std::string update_command(PlatformFamily const& family)
{
    return fmt::format("`farl attest collateral update --pccs URL --fmspc {} --ca {}`", to_hex(family.fmspc),
        name_of(family.authority));
}

} // namespace farl::owner
