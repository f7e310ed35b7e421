// Socket: what the calls about sockets work on, socket(7). A HostSocket is one of the host's, a UnixSocket one whose
// other end is in this enclave too.
#pragma once

#include "base/vector.h"
#include "enclave/net/socket_address.h"
#include "enclave/vfs/file.h"

#include <optional>

namespace farl {

// What goes beside bytes through a Unix socket: SCM_RIGHTS, SCM_CREDENTIALS.
struct Passed {
    Vector<Ref<File>> files;
    std::optional<ucred> credentials;

    bool is_empty() const { return files.is_empty() && !credentials; }
};

// A destination, and what has to stay open until it is reached.
struct SocketName {
    SocketAddress address; // as the host takes it, if it goes there
    Ref<File> directory {};
    // Of a Unix socket whose path is in enclave memory; its file, if there is one.
    bool is_inside { false };
    Ref<File> place {};
};

// One message, with everything in memory of the enclave or of the application.
struct OutgoingMessage {
    Source data;
    SocketName const* to { nullptr };
    int flags { 0 };
    std::span<std::byte> control {}; // as the application gave it, checked
    Passed* passed { nullptr };      // what is in there; taken over if it stays inside
};

struct IncomingMessage {
    Sink data;
    int flags { 0 }; // what is asked; then msg_flags
    SocketAddress* from { nullptr };
    std::span<std::byte> control {}; // room for control messages, and then what came from the host
    size_t control_size { 0 };
    Passed passed {}; // what came from inside
};

class Socket : public File {
public:
    Socket* as_socket() final { return this; }

    virtual Result<> bind(SocketName const& name) = 0;
    virtual Result<> listen(int backlog) = 0;
    virtual Result<Ref<Socket>> accept(int flags, SocketAddress* peer) = 0;
    virtual Result<> connect(SocketName const& name) = 0;
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

    // Whether what it sends may wait for what others send, so that no other call has to be made before it is.
    virtual bool delays_calls() const { return false; }

    virtual int domain() const = 0;
    virtual int type() const = 0; // SOCK_STREAM and so on, without flags
    // Lines of /proc/PID/fdinfo; empty if it has no shield. ENOMEM.
    virtual Result<String> describe_shield() const { return String(); }

protected:
    using File::File;
};

struct SocketPair {
    Ref<Socket> sockets[2];
};

} // namespace farl
