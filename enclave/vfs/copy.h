// Copying from one open file to another inside the enclave: what sendfile(2), copy_file_range(2) and splice(2) do.
#pragma once

#include "enclave/vfs/file.h"

#include <optional>

namespace farl {

// One side: at an offset of the caller's, which moves on, or at the file's own.
struct CopyEnd {
    File& file;
    std::optional<uint64_t> offset {};
};

// Ends at `size`, at the end of the source, or, once something has been copied, at an error. A short write leaves the
// rest in the source, unless that is a pipe of the host.
Result<size_t> copy_between(CopyEnd& from, CopyEnd& to, size_t size);

// The same, but only what one read gives.
Result<size_t> copy_once(CopyEnd& from, CopyEnd& to, size_t size);

} // namespace farl
