#include "enclave/memory/user_memory.h"

namespace farl {

Result<String> read_user_string(uint64_t user, size_t limit)
{
    if (!is_user_range(user, 1))
        return Errno::Efault;
    auto reachable = sgx::kApplicationEnd - user;
    auto length = farl_string_length(user, limit < reachable ? limit : reachable);
    if (length < 0)
        return Errno::Efault;
    if (static_cast<size_t>(length) >= limit)
        return Errno::Enametoolong;
    Vector<char> bytes;
    TRY(bytes.resize(static_cast<size_t>(length)));
    TRY(copy_from_user(bytes.data(), user, bytes.size()));
    return String::from({ bytes.data(), bytes.size() });
}

} // namespace farl
