#include "owner/quote/text.h"

#include <cstring>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr time_t kHour = 3600, kMinute = 60;

// What follows the seconds: "Z" or "+hh:mm".
std::optional<time_t> offset_from_text(std::string_view text)
{
    if (text == "Z" || text == "z")
        return 0;
    int hours, minutes, end = 0;
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-')
        || std::sscanf(text.data() + 1, "%2d:%2d%n", &hours, &minutes, &end) != 2 || end != 5)
        return {};
    auto offset = hours * kHour + minutes * kMinute;
    return text[0] == '-' ? -offset : offset;
}

} // namespace

std::optional<time_t> time_from_text(std::string const& text)
{
    tm parts {};
    auto const* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (!rest)
        return {};
    auto offset = offset_from_text(rest);
    if (!offset)
        return {};
    return timegm(&parts) - *offset;
}

std::string time_as_text(time_t time) { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time)); }

} // namespace farl::owner
