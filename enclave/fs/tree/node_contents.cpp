#include "enclave/fs/tree/node_contents.h"

namespace farl {

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
