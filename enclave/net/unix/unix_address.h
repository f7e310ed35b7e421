// Addresses of Unix sockets, unix(7): a path, an abstract name, or none.
#pragma once

#include "base/result.h"
#include "enclave/net/unix/unix_name.h"

#include <cstddef>
#include <cstring>
#include <sys/un.h>

namespace farl {

inline constexpr size_t kUnixPath = offsetof(sockaddr_un, sun_path);

inline sa_family_t family_of(SocketAddress const& address)
{
    sa_family_t family;
    memcpy(&family, address.bytes, sizeof(family));
    return address.size < sizeof(family) ? sa_family_t { AF_UNSPEC } : family;
}

// EINVAL
inline Result<> check_unix_address(SocketAddress const& address, size_t smallest)
{
    bool has_size = address.size >= smallest && address.size <= sizeof(sockaddr_un);
    return has_size && family_of(address) == AF_UNIX ? Result<> {} : Errno::Einval;
}

inline bool is_abstract(SocketAddress const& address) { return address.size > kUnixPath && !address.bytes[kUnixPath]; }

// As getsockname(2) tells it: a path ends with a NUL.
inline SocketAddress stored_unix_address(SocketAddress const& given)
{
    auto stored = given;
    if (is_abstract(given))
        return stored;
    size_t length = 0;
    while (kUnixPath + length < given.size && given.bytes[kUnixPath + length])
        ++length;
    stored.size = kUnixPath + length + 1;
    memset(stored.bytes + kUnixPath + length, 0, sizeof(stored.bytes) - kUnixPath - length);
    return stored;
}

inline SocketAddress address_of(UnixName const* name)
{
    if (name)
        return name->address();
    SocketAddress none;
    sa_family_t const family = AF_UNIX;
    none.size = sizeof(family);
    memcpy(none.bytes, &family, sizeof(family));
    return none;
}

} // namespace farl
