#include "enclave/process/file_credentials.h"

#include "enclave/process/process.h"
#include "enclave/vfs/credentials.h"

namespace farl {

namespace {

bool is_in_group(uint32_t gid)
{
    LockGuard guard(process().identity_lock);
    for (auto group : process().supplementary_groups)
        if (group == gid)
            return true;
    return false;
}

// access(2): with the real ids, of which only root has capabilities.
Credentials credentials(Whose whose)
{
    LockGuard guard(process().identity_lock);
    auto const& identity = process().identity;
    if (whose == Whose::FileAccess)
        return { identity.file_uid, identity.file_gid, identity.capabilities.effective, is_in_group, process().pid() };
    return { identity.uid, identity.gid, identity.uid ? 0 : identity.capabilities.permitted, is_in_group,
        process().pid() };
}

} // namespace

void provide_file_credentials() { set_credentials_source(credentials); }

} // namespace farl
