// farl-console: what `farl logs` and `farl attach` run.
#include "owner/cli/attach.h"
#include "owner/cli/entry.h"
#include "owner/cli/logs.h"
#include "owner/keys/core_files.h"

#include <string_view>

namespace {

int run(farl::owner::Arguments arguments)
{
    std::string_view word = arguments.empty() ? "" : arguments[0];
    if (word == "logs")
        return farl::owner::logs_command(arguments.subspan(1));
    if (word == "attach")
        return farl::owner::attach_command(arguments.subspan(1));
    throw farl::owner::UserError(farl::owner::kBadUsage, "this is what `farl logs` and `farl attach` run");
}

} // namespace

int main(int argc, char** argv)
{
    farl::owner::forbid_core_files();
    return farl::owner::run_command(run, argc, argv);
}
