// farl-inspect: `farl inspect`, which needs libraries that the other commands should not have to load.
#include "owner/cli/entry.h"
#include "owner/cli/inspect.h"

int main(int argc, char** argv) { return farl::owner::run_command(farl::owner::inspect_command, argc, argv); }
