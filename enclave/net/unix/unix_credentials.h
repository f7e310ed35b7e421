// Whose a Unix socket or a message is, unix(7).
#pragma once

#include "enclave/vfs/credentials.h"

#include <sys/socket.h>

namespace farl {

// SO_PEERCRED
inline ucred effective_credentials()
{
    auto const who = caller_credentials(Whose::FileAccess);
    return { who.pid, who.uid, who.gid };
}

// SCM_CREDENTIALS
inline ucred real_credentials()
{
    auto const who = caller_credentials(Whose::Real);
    return { who.pid, who.uid, who.gid };
}

} // namespace farl
