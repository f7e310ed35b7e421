// Members of owners' requests, and what is wrong with them.
#pragma once

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace farl::owner {

// What the request itself has wrong.
class BadRequest : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

inline std::string text_at(nlohmann::ordered_json const& json, char const* name)
{
    if (!json.is_object() || !json.contains(name) || !json[name].is_string())
        throw BadRequest(fmt::format("`{}` is missing or no text", name));
    return json[name];
}

} // namespace farl::owner
