#include "enclave/syscall/file_size_limit.h"

#include <sys/resource.h>

namespace farl {

namespace {

Errno refuse_growth(Thread& caller)
{
    caller.process().raise(caller, kSigXfsz);
    return Errno::Efbig;
}

Result<uint64_t> size_of(File& file) { return static_cast<uint64_t>(TRY(file.status()).st_size); }

bool is_limited(Thread& caller, File& file, Source const& source)
{
    return caller.process().limits[RLIMIT_FSIZE].soft != ~0ull && source.size() && file.has_positions()
        && !file.is_directory();
}

Result<> limit_at(Thread& caller, uint64_t start, Source& source)
{
    auto limit = caller.process().limits[RLIMIT_FSIZE].soft;
    if (start >= limit)
        return refuse_growth(caller);
    source.shorten_to(limit - start);
    return {};
}

} // namespace

Result<> check_file_size_limit(Thread& caller, File& file, std::optional<uint64_t> offset, Source& source)
{
    if (file.status_flags() & O_APPEND)
        return check_file_size_limit_at_end(caller, file, source);
    if (!is_limited(caller, file, source))
        return {};
    return limit_at(caller, offset ? *offset : TRY(file.seek(0, SEEK_CUR)), source);
}

Result<> check_file_size_limit_at_end(Thread& caller, File& file, Source& source)
{
    if (!is_limited(caller, file, source))
        return {};
    return limit_at(caller, TRY(size_of(file)), source);
}

Result<> check_file_size_limit(Thread& caller, uint64_t size)
{
    return size > caller.process().limits[RLIMIT_FSIZE].soft ? Result<>(refuse_growth(caller)) : Result<> {};
}

} // namespace farl
