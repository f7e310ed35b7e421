// The page that a victim tells the host of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace farl::host {

inline std::optional<uint64_t> told_page(std::string_view name)
{
    constexpr std::string_view kPrefix = "/hostile/page/";
    if (!name.starts_with(kPrefix))
        return std::nullopt;
    return std::stoull(std::string(name.substr(kPrefix.size())), nullptr, 16);
}

} // namespace farl::host
