// Files in enclave memory that never get a name: memfd_create(2), and what stands behind shmget(2).
#pragma once

#include "enclave/vfs/file.h"

namespace farl {

// `path` is what /proc/self/fd shows. ENOSPC, ENOMEM.
Result<Ref<File>> create_memory_file(std::string_view path, uint32_t uid, uint32_t gid, uint32_t seals);

} // namespace farl
