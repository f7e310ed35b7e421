// The host that a network rule is about.
#pragma once

#include "owner/policy/session.h"

#include <algorithm>

namespace farl::owner {

// In lower case, as names are the same that differ in that only. Empty: the rule is about an address.
inline std::string host_of(NetworkRule const& rule)
{
    if (rule.address)
        return "";
    auto host = rule.host;
    std::ranges::transform(host, host.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return host;
}

} // namespace farl::owner
