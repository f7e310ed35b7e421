// HostStream: bytes to and from a stream socket of the host, until a deadline by the runtime's clock. What comes is
// anybody's. For the fiber of one thread.
#pragma once

#include "enclave/hostcall/channel.h"

namespace farl {

class HostStream {
public:
    // `attend` is called when the thread has a signal to look at; the transfer goes on if it returns.
    HostStream(HostDescriptor socket, uint64_t deadline_ns, void (*attend)())
        : socket_(std::move(socket)),
          deadline_ns_(deadline_ns),
          attend_(attend)
    {
    }

    // Some bytes; 0 at the end. ETIMEDOUT at the deadline.
    Result<size_t> receive(std::span<std::byte> bytes);
    // All of them.
    Result<> send(std::span<std::byte const> bytes);

private:
    template <typename Transfer>
    Result<size_t> when_ready(short events, Transfer const& transfer);
    Result<> wait_for(short events);

    HostDescriptor socket_;
    uint64_t deadline_ns_;
    void (*attend_)();
};

} // namespace farl
