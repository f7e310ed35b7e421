#include "enclave/fs/tree/node_contents.h"

#include "enclave/hostcall/log.h"

namespace farl {

Errno report_damage(Errno error, std::string_view path)
{
    if (error != Errno::Ebadmsg)
        return error;
    Log(LogLevel::Error) << path << " is not what was written to it last: the host has changed what it keeps of it";
    return Errno::Eio;
}

Result<size_t> copy_accessible(Source const& source, size_t offset, void* to, size_t size)
{
    if (source.copy_to(offset, to, size).is_ok())
        return size;
    auto accessible = source.accessible_size(offset, size);
    if (!accessible)
        return Errno::Efault;
    TRY(source.copy_to(offset, to, accessible));
    return accessible;
}

} // namespace farl
