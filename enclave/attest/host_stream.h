// HostStream: bytes to and from a stream socket of the host, until a deadline by the runtime's clock. What comes is
// anybody's. For the fiber of one thread.
#pragma once

#include "enclave/hostcall/channel.h"

namespace farl {

class HostStream {
public:
    // `attend` is called when the thread has a signal to look at; the transfer goes on if it returns. Null: no signal
    // cuts anything short.
    HostStream(HostDescriptor socket, uint64_t deadline_ns, void (*attend)())
        : socket_(std::move(socket)),
          deadline_ns_(deadline_ns),
          attend_(attend)
    {
    }

    // From now on; what comes then may be for another fiber.
    void stop_attending() { attend_ = nullptr; }
    void set_deadline(uint64_t deadline_ns) { deadline_ns_ = deadline_ns; }

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

// poll(2)'s events on a descriptor of the host, whatever signals come. ETIMEDOUT at the deadline.
// HOST: a claim: a call that does not wait tells.
Result<> wait_until_ready(int socket, short events, uint64_t deadline_ns);

} // namespace farl
