#include "enclave/process/identity.h"

#include "enclave/hostcall/host_user.h"

namespace farl {

void publish_identity(Identity const& identity)
{
    host_user().set({ identity.uid, identity.effective_uid, identity.saved_uid, identity.file_uid },
        { identity.gid, identity.effective_gid, identity.saved_gid, identity.file_gid },
        { identity.capabilities.permitted, identity.capabilities.effective });
}

} // namespace farl
