// Host names of network rules. Pure; for readers of untrusted bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace farl::formats {

// Of a host name, in lower case, so that a name has one spelling.
inline bool is_host_label(std::string_view label)
{
    constexpr size_t kLongestLabel = 63; // RFC 1035, section 2.3.4
    if (label.empty() || label.size() > kLongestLabel || label.front() == '-' || label.back() == '-')
        return false;
    for (char c : label)
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    return true;
}

// RFC 1123, section 2.1. A last label that begins with a digit could be one of an address, as inet_aton(3) takes them;
// localhost is one (RFC 6761, section 6.3).
inline bool is_host_name(std::string_view name)
{
    constexpr size_t kLongestName = 253;
    if (name.size() > kLongestName)
        return false;
    for (;;) {
        auto const dot = name.find('.');
        auto const label = name.substr(0, dot);
        if (!is_host_label(label))
            return false;
        if (dot == name.npos)
            return label.front() >= 'a' && label != "localhost";
        name.remove_prefix(dot + 1);
    }
}

} // namespace farl::formats
