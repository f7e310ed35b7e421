#include "owner/quote/tcb.h"

#include <algorithm>

namespace farl::owner {

namespace {

constexpr std::array kNames { std::pair { TcbStatus::UpToDate, "UpToDate" },
    std::pair { TcbStatus::SwHardeningNeeded, "SWHardeningNeeded" },
    std::pair { TcbStatus::ConfigurationNeeded, "ConfigurationNeeded" },
    std::pair { TcbStatus::ConfigurationAndSwHardeningNeeded, "ConfigurationAndSWHardeningNeeded" },
    std::pair { TcbStatus::OutOfDate, "OutOfDate" },
    std::pair { TcbStatus::OutOfDateConfigurationNeeded, "OutOfDateConfigurationNeeded" },
    std::pair { TcbStatus::Revoked, "Revoked" } };

bool reaches(PlatformTcb const& tcb, PlatformTcb const& least)
{
    return tcb.pce_svn >= least.pce_svn
        && std::ranges::equal(tcb.components, least.components, std::ranges::greater_equal {});
}

} // namespace

char const* name_of(TcbStatus status)
{
    return std::ranges::find(kNames, status, &decltype(kNames)::value_type::first)->second;
}

std::optional<TcbStatus> tcb_status_from(std::string_view name)
{
    for (auto const& [status, text] : kNames) {
        if (name == text)
            return status;
    }
    return {};
}

TcbStatus merge(TcbStatus platform, TcbStatus quoting_enclave)
{
    if (platform == TcbStatus::Revoked || quoting_enclave == TcbStatus::Revoked)
        return TcbStatus::Revoked;
    if (quoting_enclave != TcbStatus::OutOfDate)
        return platform;
    bool needs_configuration = platform == TcbStatus::ConfigurationNeeded
        || platform == TcbStatus::ConfigurationAndSwHardeningNeeded
        || platform == TcbStatus::OutOfDateConfigurationNeeded;
    return needs_configuration ? TcbStatus::OutOfDateConfigurationNeeded : TcbStatus::OutOfDate;
}

TcbLevel const* level_of(PlatformTcb const& tcb, std::vector<TcbLevel> const& levels)
{
    auto level = std::ranges::find_if(levels, [&](TcbLevel const& level) { return reaches(tcb, level.least); });
    return level == levels.end() ? nullptr : &*level;
}

TcbLevel const* level_of(uint16_t isv_svn, std::vector<TcbLevel> const& levels)
{
    auto level = std::ranges::find_if(levels, [&](TcbLevel const& level) { return isv_svn >= level.least_isv_svn; });
    return level == levels.end() ? nullptr : &*level;
}

} // namespace farl::owner
