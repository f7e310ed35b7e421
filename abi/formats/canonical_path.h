// Absolute paths of one spelling. Pure; for readers of untrusted bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace farl::formats {

// Of one entry of a directory.
inline bool is_entry_name(std::string_view name)
{
    return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos && name.find('\0') == name.npos;
}

// A slash before each name, and nothing else: so a path has one spelling, and leads nowhere else. Not "/".
inline bool is_canonical_path(std::string_view path)
{
    if (path.empty())
        return false;
    while (!path.empty()) {
        size_t end = 1;
        while (end < path.size() && path[end] != '/')
            ++end;
        if (path.front() != '/' || !is_entry_name(path.substr(1, end - 1)))
            return false;
        path.remove_prefix(end);
    }
    return true;
}

} // namespace farl::formats
