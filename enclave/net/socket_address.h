// SocketAddress: the name of a socket, sockaddr(3type), as whoever gives it says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <sys/socket.h>

namespace farl {

struct SocketAddress {
    static constexpr size_t kLargest = sizeof(sockaddr_storage);
    size_t size { 0 }; // as told; at most kLargest of it are here
    uint8_t bytes[kLargest] {};

    size_t stored() const { return size < kLargest ? size : kLargest; }
};

} // namespace farl
