// farl-volume: what `farl volume` runs.
#include "owner/cli/entry.h"
#include "owner/cli/volume.h"
#include "owner/keys/core_files.h"

int main(int argc, char** argv)
{
    farl::owner::forbid_core_files();
    return farl::owner::run_command(farl::owner::volume_command, argc, argv);
}
