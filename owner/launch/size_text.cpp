#include "owner/launch/size_text.h"

#include <charconv>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr std::string_view kUnits = "KMGT";

// The unit's power of 1024, 0 for none.
std::optional<unsigned> parse_unit(std::string_view text)
{
    if (text.empty())
        return 0;
    auto unit = kUnits.find(static_cast<char>(text[0] & ~0x20)); // upper case
    auto rest = text.substr(1);
    if (unit == kUnits.npos || (!rest.empty() && rest != "B" && rest != "iB"))
        return {};
    return static_cast<unsigned>(unit) + 1;
}

} // namespace

std::optional<uint64_t> parse_size(std::string_view text)
{
    uint64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    auto unit = parse_unit(text.substr(static_cast<size_t>(end - text.data())));
    if (error != std::errc {} || !unit)
        return {};
    uint64_t size = 0;
    if (__builtin_mul_overflow(number, uint64_t { 1 } << (10 * *unit), &size))
        return {};
    return size;
}

std::string size_text(uint64_t size)
{
    size_t unit = 0;
    while (size != 0 && size % 1024 == 0 && unit < kUnits.size()) {
        size /= 1024;
        ++unit;
    }
    return unit == 0 ? fmt::format("{}", size) : fmt::format("{}{}", size, kUnits[unit - 1]);
}

} // namespace farl::owner
