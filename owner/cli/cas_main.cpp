// farl-cas: what `farl cas` runs.
#include "owner/cli/cas.h"
#include "owner/cli/entry.h"
#include "owner/keys/core_files.h"

int main(int argc, char** argv)
{
    farl::owner::forbid_core_files();
    return farl::owner::run_command(farl::owner::cas_command, argc, argv);
}
