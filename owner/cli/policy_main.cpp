// farl-policy: what `farl policy` runs.
#include "owner/cli/entry.h"
#include "owner/cli/policy.h"
#include "owner/keys/core_files.h"

int main(int argc, char** argv)
{
    farl::owner::forbid_core_files();
    return farl::owner::run_command(farl::owner::policy_command, argc, argv);
}
