// /etc/hosts, where network rules name hosts: programs find the stand-ins of those there.
#pragma once

#include "enclave/net/stand_ins.h"

namespace farl {

// In memory, over the one of the startup configuration, the image or the host, whose other lines it has. Once, after
// those are in place. ENOMEM.
Result<> put_hosts_file(StandIns const& names);

} // namespace farl
