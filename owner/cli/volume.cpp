#include "owner/cli/volume.h"

#include "owner/cli/subcommand.h"
#include "owner/cli/volume_look.h"
#include "owner/cli/volume_make.h"

#include <cstdio>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl volume create KEY STORE
       farl volume show KEY [--json] STORE
       farl volume check KEY STORE
       farl volume compact KEY STORE
       farl volume rekey KEY [--new-key-file FILE] STORE

A volume is a directory that a container keeps. The host has all of it in one file, the store, of which it can read nothing. These
commands are for stores that nobody runs with at the moment. Its KEY is at the CAS whose sessions use the volume, or in a file, or, of
a volume that `farl run` made without a session, in your home, which needs no option:

  --volume SESSION/VOLUME   a volume of a session of yours, at a CAS
  --cas HOST:PORT, --cas-key KEY, --key FILE   the CAS, the key that it has to show, and yours; also FARL_CAS, FARL_CAS_KEY and FARL_KEY
  --key-file FILE           64 hexadecimal digits, in a file that only you may read; nothing else is known of the volume then

  create    makes an empty volume, and its key if there is none yet
              --id ID               with a key file: 32 hexadecimal digits; default: at random
  show      what can be said of a volume without reading all of it; and whether it is in the newest state that the CAS knows
              --json                print one JSON object
  check     reads and verifies all of it: each block, directories, links, which slots are in use, and that it is not older than the CAS
            knows. A line for each thing that is wrong
  compact   writes the store anew, beside, without what it does not need, and puts that in its place
  rekey     the same under another key, which the CAS learns before. Whoever has the old key can read nothing that is written later
              --new-key-file FILE   with a key file: the new key, made if FILE is not there

Whoever stops `compact` or `rekey`, or the power, leaves the store as it was, or the new one. If `rekey` with a CAS has ended between
the two, the store beside (STORE.new) is the one that opens: `rekey` again puts it in its place.

Examples:
  farl volume check data.volume
  farl volume check --cas cas.example:7700 --cas-key $KEY --key alice.pem --volume shop/data data.volume
  farl volume create --key-file data.key data.volume

Exit status: 0 if all is well; 1 if a volume is damaged, older, or refused; 2 for a wrong option, 126 for what is no volume of that
key, 127 for a missing file.
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
