#include "owner/cli/cas.h"

#include "owner/cli/cas_audit.h"
#include "owner/cli/cas_embedded.h"
#include "owner/cli/cas_serve.h"
#include "owner/cli/subcommand.h"

#include <cstdio>
#include <string_view>

namespace farl::owner {

namespace {

constexpr char const* kHelp =
    R"(Usage: farl cas serve --state DIR --owner KEY... [--listen HOST:PORT] [--enclaves HOST:PORT] [OPTIONS]
       farl cas status --cas HOST:PORT --cas-key KEY --key FILE [--json]
       farl cas audit verify [OPTIONS] FILE
       farl cas audit export --state DIR [--master-key FILE]
       farl cas audit key --state DIR [--master-key FILE]

The configuration and attestation service (CAS) keeps sessions: what may run, and what it gets. Their owners put them there;
enclaves that show what a session asks for get what it says.

  serve             serves until it gets SIGTERM. Prints its endpoint and its key, which owners need
                      --state DIR     its database and master key; made if it is not there
                      --owner KEY     who may connect: what `farl policy key` prints; may be repeated
                      --listen HOST:PORT   for owners; default 127.0.0.1:7700; port 0 is any free one
                      --enclaves HOST:PORT   for enclaves; default: none
                      --collateral DIR   what Intel publishes about platforms, without which quotes of hardware are refused;
                                      default: the cache of `farl attest collateral update`
                      --lease SECONDS   how long a volume stays an enclave's that is not heard of any more; 3 to 3600, default 30
                      --ticket-keys SECONDS   how long one key seals the TLS session tickets of a service, whose enclaves
                                      share it; each opens them for as long again; 1 to 604800, default 43200
                      --rate N        attempts in a second that are answered, of one address for one session, after the
                                      first 5 N; default 20
  status            how many sessions a CAS has, and the key that signs its audit log
                      --cas HOST:PORT, --cas-key KEY   the CAS, and the key that it has to show
                      --key FILE      your key; all three can also be FARL_CAS, FARL_CAS_KEY and FARL_KEY
  audit verify      says whether FILE, an exported audit log, is unchanged and complete
                      --key KEY       it has to be signed by this key
                      --extends FILE  it has to go on where this earlier log ends: the store was not set back
                      --json          print one JSON object
  audit export      prints the audit log of the CAS whose state is in DIR
  audit key         prints the key that signs it

  --master-key FILE   what the state is sealed under, if it is not in DIR

Examples:
  farl cas serve --state /var/lib/farl-cas --owner $(farl policy key --new alice.pem) --enclaves 0.0.0.0:7701
  farl cas audit export --state /var/lib/farl-cas > audit.log
  farl cas audit verify --extends last-week.log audit.log

Exit status: 0 only if all is well; 1 if it is refused or the state is damaged; 2 for a wrong option, 127 for a missing file.
)";

constexpr Subcommand kAuditCommands[] { { "verify", cas_audit_verify }, { "export", cas_audit_export },
    { "key", cas_audit_key } };

int cas_audit(std::span<char const* const> arguments) { return run_one_of("cas audit", kAuditCommands, arguments); }

constexpr Subcommand kCommands[] { { "serve", cas_serve }, { "status", cas_status }, { "audit", cas_audit } };

} // namespace

int cas_command(std::span<char const* const> arguments)
{
    if (asks_for_help(arguments)) {
        std::fputs(kHelp, stdout);
        return 0;
    }
    if (!arguments.empty() && std::string_view(arguments[0]) == "embedded")
        return cas_embedded(arguments.subspan(1)); // for `farl run`, not for people
    return run_one_of("cas", kCommands, arguments);
}

} // namespace farl::owner
