// PeekedStream: a shielded stream as seen by who waits for so many bytes of it and takes none, so that it is readable
// all the while. For one wait.
#pragma once

#include "enclave/net/socket.h"

namespace farl {

class PeekedStream final : public File {
public:
    PeekedStream(Socket& socket, ShieldedStream& stream, size_t size)
        : File(socket.status_flags()),
          socket_(socket),
          stream_(stream),
          size_(size)
    {
    }

    Result<struct stat> status() override { return Errno::Einval; }
    uint32_t ready_events() override { return stream_->has_readable(size_) ? kPollIn : 0; }
    ReadySource* ready_source() override { return socket_->ready_source(); }
    int host_descriptor() const override { return socket_->host_descriptor(); }
    void note_host_events(uint32_t events) override { socket_->note_host_events(events); }
    // Who wants more than there is room for waits until something else ends that, as with a kernel's buffer.
    std::optional<uint32_t> host_interest(uint32_t) override
    {
        return stream_->has_room_to_peek() ? std::optional<uint32_t>(kPollIn) : std::nullopt;
    }

private:
    Ref<Socket> socket_;
    Ref<ShieldedStream> stream_;
    size_t size_;
};

} // namespace farl
