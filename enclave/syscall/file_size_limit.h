// RLIMIT_FSIZE: how far a file may grow. A call that would begin at or behind the limit is EFBIG with SIGXFSZ.
#pragma once

#include "enclave/memory/buffers.h"
#include "enclave/process/process.h"

#include <optional>

namespace farl {

// Before a write at `offset`, or where the file stands: shortens it to what may be written.
Result<> check_file_size_limit(Thread& caller, File& file, std::optional<uint64_t> offset, Source& source);
// The same for what is appended.
Result<> check_file_size_limit_at_end(Thread& caller, File& file, Source& source);
// Before truncate(2) and fallocate(2).
Result<> check_file_size_limit(Thread& caller, uint64_t size);

} // namespace farl
