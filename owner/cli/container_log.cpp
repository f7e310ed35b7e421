#include "owner/cli/container_log.h"

#include "owner/launch/user_error.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <unistd.h>
#include <vector>

namespace farl::owner {

namespace {

constexpr char const* kEngines[] = { "docker", "podman" };

// As engines name containers; so it is no option of theirs either.
bool is_container_name(std::string const& name)
{
    return !name.empty() && std::isalnum(static_cast<unsigned char>(name[0]))
        && std::ranges::all_of(name, [](unsigned char character) {
               return std::isalnum(character) || character == '_' || character == '.' || character == '-';
           });
}

int status_of(char const* const* words)
{
    auto child = Child::start(words);
    child.input = FileDescriptor();
    char dropped[4096];
    while (read(child.output.get(), dropped, sizeof(dropped)) > 0) { }
    return child.wait();
}

} // namespace

Child open_container_log(std::string const& name, bool follows)
{
    if (!is_container_name(name))
        throw UserError(kNotFound, fmt::format("{}: there is no such file", name));
    bool is_any_installed = false;
    for (auto const* engine : kEngines) {
        char const* inspect[] = { engine, "container", "inspect", name.c_str(), nullptr };
        auto status = status_of(inspect);
        is_any_installed |= status != kNotFound;
        if (status)
            continue;
        std::vector<char const*> logs { engine, "logs", name.c_str(), nullptr };
        if (follows)
            logs.insert(logs.begin() + 2, "--follow");
        return Child::start(logs.data());
    }
    if (is_any_installed)
        throw UserError(kNotFound,
            fmt::format(
                "{}: there is no such file, and neither docker nor podman knows a container of this name", name));
    throw UserError(kNotFound,
        fmt::format("{}: there is no such file, and to ask for a container of this name docker or podman has to be "
                    "installed",
            name));
}

} // namespace farl::owner
