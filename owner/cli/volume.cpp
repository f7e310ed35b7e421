#include "owner/cli/volume.h"

#include "owner/cli/subcommand.h"
#include "owner/cli/volume_look.h"
#include "owner/cli/volume_make.h"

#include <cstdio>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl volume create --key-file FILE [--id ID] STORE
       farl volume show --key-file FILE [--json] STORE
       farl volume check --key-file FILE STORE
       farl volume compact --key-file FILE STORE
       farl volume rekey --key-file FILE --new-key-file FILE STORE

A volume is a directory that a container keeps. The host has all of it in one file, the store, of which it can read nothing. These
commands are for stores that nobody runs with at the moment.

  create    makes an empty volume, and its key if FILE is not there
  show      what can be said of a volume without reading all of it
  check     reads and verifies all of it: each block, directories, links, and which slots are in use. A line for each thing that is
            wrong
  compact   writes the store anew, beside, without what it does not need, and puts that in its place
  rekey     the same under another key, made if FILE is not there. Whoever has the old key can read nothing that is written later

  --key-file FILE      the volume's key, 64 hexadecimal digits, in a file that only you may read
  --new-key-file FILE  the key that takes its place
  --id ID              32 hexadecimal digits; default: at random
  --json               print one JSON object

Whoever stops `compact` or `rekey`, or the power, leaves the store as it was, or the new one.

Examples:
  farl volume create --key-file data.key data.volume
  farl volume check --key-file data.key data.volume

Exit status: 0 if all is well; 1 if a volume is damaged or refused; 2 for a wrong option, 126 for what is no volume of that key, 127 for a
missing file.
)";

constexpr Subcommand kCommands[] { { "create", volume_create }, { "show", volume_show }, { "check", volume_check },
    { "compact", volume_compact }, { "rekey", volume_rekey } };

} // namespace

int volume_command(std::span<char const* const> arguments)
{
    if (asks_for_help(arguments)) {
        std::fputs(kHelp, stdout);
        return 0;
    }
    return run_one_of("volume", kCommands, arguments);
}

} // namespace farl::owner
