#include "owner/oci/tar_entry.h"

#include "owner/oci/image_defect.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

// Names are the image's: no control characters of theirs reach a terminal.
std::string printable(std::string_view name)
{
    std::string text;
    for (char const c : name.substr(0, kLongestName))
        text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    return text;
}

} // namespace

std::string checked_entry_path(std::string_view name)
{
    if (name.starts_with('/'))
        throw ImageDefect(fmt::format("{}: an absolute path", printable(name)));
    if (name.find('\0') != name.npos || name.size() > kLongestPath)
        throw ImageDefect(fmt::format("{}: a path that is too long, or has a NUL", printable(name)));
    std::string path;
    for (size_t begin = 0; begin < name.size();) {
        auto const end = std::min(name.find('/', begin), name.size());
        auto const part = name.substr(begin, end - begin);
        begin = end + 1;
        if (part == "..")
            throw ImageDefect(fmt::format("{}: leads out of the image", printable(name)));
        if (part.size() > kLongestName)
            throw ImageDefect(fmt::format("{}: a name longer than {} bytes", printable(name), kLongestName));
        if (!part.empty() && part != ".")
            path.append(path.empty() ? "" : "/").append(part);
    }
    return path;
}

} // namespace farl::owner
