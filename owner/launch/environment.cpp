#include "owner/launch/environment.h"

#include "owner/launch/user_error.h"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

namespace farl::owner {

namespace {

auto names(std::string_view name)
{
    return [name](std::string_view entry) {
        return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
    };
}

} // namespace

Environment Environment::of_this_process()
{
    Environment environment;
    for (char** entry = environ; entry && *entry; ++entry)
        environment.entries_.emplace_back(*entry);
    return environment;
}

void Environment::apply(std::string const& option, Environment const& source)
{
    auto name = std::string_view(option).substr(0, option.find('='));
    if (name.empty())
        throw UserError(kBadUsage, fmt::format("--env {}: expected NAME=VALUE or NAME", option));
    if (name.size() < option.size())
        set(name, std::string_view(option).substr(name.size() + 1));
    else if (source.has(name))
        set(name, source.value(name));
}

void Environment::set(std::string_view name, std::string_view value)
{
    auto entry = fmt::format("{}={}", name, value);
    auto existing = std::ranges::find_if(entries_, names(name));
    if (existing == entries_.end())
        entries_.push_back(std::move(entry));
    else
        *existing = std::move(entry);
}

std::string_view Environment::value(std::string_view name) const
{
    auto existing = std::ranges::find_if(entries_, names(name));
    return existing == entries_.end() ? std::string_view {} : std::string_view(*existing).substr(name.size() + 1);
}

bool Environment::has(std::string_view name) const { return std::ranges::any_of(entries_, names(name)); }

} // namespace farl::owner
