#include "owner/cli/hand_over.h"

#include "owner/launch/installation.h"
#include "owner/launch/user_error.h"

#include <fmt/format.h>
#include <unistd.h>
#include <vector>

namespace farl::owner {

void hand_over(char const* program, Arguments arguments, char const* word)
{
    auto path = installed_program(program);
    std::vector<char*> words { path.data() };
    if (word)
        words.push_back(const_cast<char*>(word));
    for (auto const* argument : arguments)
        words.push_back(const_cast<char*>(argument));
    words.push_back(nullptr);
    execv(path.c_str(), words.data());
    throw UserError(kFarlFailed, fmt::format("{} cannot be run: Farl is not completely built or installed", path));
}

} // namespace farl::owner
