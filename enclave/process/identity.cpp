#include "enclave/process/identity.h"

#include "enclave/hostcall/channel.h"
#include "enclave/hostcall/host_user.h"

namespace farl {

void publish_identity(Identity const& identity)
{
    host_user().set({ identity.uid, identity.effective_uid, identity.saved_uid, identity.file_uid },
        { identity.gid, identity.effective_gid, identity.saved_gid, identity.file_gid },
        { identity.capabilities.permitted, identity.capabilities.effective });
}

// HOST: process groups and sessions are the host's, for the terminal's job control; plain numbers.
Result<int> host_number(uint64_t call, uint64_t argument)
{
    return static_cast<int>(TRY(checked_count(host_call(call, argument), 1u << 30)));
}

} // namespace farl
