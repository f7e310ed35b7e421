// Socket: what the calls about sockets work on, socket(7). A HostSocket is one of the host's, a UnixSocket one whose
// other end is in this enclave too.
#pragma once

#include "enclave/net/socket_address.h"
#include "enclave/vfs/file.h"

namespace farl {

// One message, with everything in memory of the enclave or of the application.
struct OutgoingMessage {
    Source data;
    SocketAddress const* to { nullptr };
    std::span<std::byte const> control {}; // checked, with descriptors as the host knows them
    int flags { 0 };
};

struct IncomingMessage {
    Sink data;
    int flags { 0 }; // what is asked; then msg_flags
    SocketAddress* from { nullptr };
    std::span<std::byte> control {}; // room for control messages, and then what came
    size_t control_size { 0 };
};

class Socket : public File {
public:
    Socket* as_socket() final { return this; }

    virtual Result<> bind(SocketAddress const& address) = 0;
    virtual Result<> listen(int backlog) = 0;
    virtual Result<Ref<Socket>> accept(int flags, SocketAddress* peer) = 0;
    virtual Result<> connect(SocketAddress const& address) = 0;
    virtual Result<SocketAddress> local_address() = 0;
    virtual Result<SocketAddress> peer_address() = 0;
    virtual Result<> shut_down(int how) = 0;
    virtual Result<> set_option(int level, int name, std::span<std::byte const> value) = 0;
    // Returns how much of `value` was filled.
    virtual Result<size_t> get_option(int level, int name, std::span<std::byte> value) = 0;
    virtual Result<size_t> send(OutgoingMessage const& message) = 0;
    // The count may be larger than the buffer for MSG_TRUNC. The second is for whoever wants the bytes only.
    virtual Result<size_t> receive(IncomingMessage& message) = 0;
    virtual Result<size_t> receive_bytes(Sink const& sink, int flags) = 0;

    // Whether the host can send by itself what it has, and sendfile(2) of it: from a file of its own at an offset,
    // which stays as it is, or at the file's own.
    virtual bool can_send_from_host() const { return false; }
    virtual Result<size_t> send_from(int /* host_descriptor */, std::optional<uint64_t> /* offset */, size_t)
    {
        return Errno::Einval;
    }

    virtual int domain() const = 0;
    virtual int type() const = 0; // SOCK_STREAM and so on, without flags
    // Made by socketpair(2), so that what is sent through it comes out in this process.
    virtual bool has_peer_inside() const = 0;
    // Lines of /proc/PID/fdinfo; empty if it has no shield. ENOMEM.
    virtual Result<String> describe_shield() const { return String(); }

protected:
    using File::File;
};

struct SocketPair {
    Ref<Socket> sockets[2];
};

} // namespace farl
