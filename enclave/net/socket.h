// Socket: a socket of the host, passed through: unprotected, as a network is. What the host says about it is checked
// for shape: counts, lengths of addresses and of control messages, descriptors.
#pragma once

#include "enclave/hostcall/channel.h"
#include "enclave/vfs/file.h"

#include <sys/socket.h>

namespace farl {

struct SocketAddress {
    static constexpr size_t kLargest = sizeof(sockaddr_storage);
    size_t size { 0 }; // as told; at most kLargest of it are here
    uint8_t bytes[kLargest] {};

    size_t stored() const { return size < kLargest ? size : kLargest; }
};

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

class Socket final : public File {
public:
    static Result<Ref<Socket>> create(int domain, int type, int protocol);
    static Result<Ref<Socket>> adopt(HostDescriptor descriptor, uint32_t status_flags);
    struct Pair;
    static Result<Pair> create_pair(int domain, int type, int protocol);
    ~Socket() override { end_watches(); }

    Result<size_t> read(Sink const& sink) override;
    Result<size_t> write(Source const& source) override;
    Result<struct stat> status() override;
    Result<struct statfs> file_system_status() override;
    Result<> change_mode(uint32_t mode) override;
    Result<> change_owner(uint32_t uid, uint32_t gid) override;
    Result<uint64_t> control(uint64_t request, uint64_t argument) override;
    Result<> set_status_flags(uint32_t flags) override;
    int host_descriptor() const override { return descriptor_.number(); }
    Socket* as_socket() override { return this; }
    bool can_signal() const override { return true; }

    Result<> bind(SocketAddress const& address);
    Result<> listen(int backlog);
    Result<Ref<Socket>> accept(int flags, SocketAddress* peer);
    Result<> connect(SocketAddress const& address);
    Result<SocketAddress> local_address();
    Result<SocketAddress> peer_address();
    Result<> shut_down(int how);
    Result<> set_option(int level, int name, std::span<std::byte const> value);
    // Returns how much of `value` was filled.
    Result<size_t> get_option(int level, int name, std::span<std::byte> value);
    Result<size_t> send(OutgoingMessage const& message);
    // sendfile(2) of the host, from a file of it: at an offset, which stays as it is, or at the file's own.
    Result<size_t> send_from(int host_descriptor, std::optional<uint64_t> offset, size_t size);
    // The count may be larger than the buffer for MSG_TRUNC. The second is for whoever wants the bytes only.
    Result<size_t> receive(IncomingMessage& message);
    Result<size_t> receive_bytes(Sink const& sink, int flags);

    int domain() const { return domain_; }
    int type() const { return type_; }
    // Made by socketpair(2), so that what is sent through it comes out in this process.
    bool has_peer_inside() const { return has_peer_inside_; }

private:
    Result<> set_async_owner_on_host(AsyncOwner const& owner) override
    {
        return set_host_async_owner(descriptor_.number(), owner);
    }

    Socket(HostDescriptor descriptor, int domain, int type, uint32_t status_flags)
        : File(status_flags),
          descriptor_(std::move(descriptor)),
          domain_(domain),
          type_(type)
    {
    }

    bool discards(int flags) const;
    size_t most_received(int flags, size_t size) const;
    HostAnswer call(uint64_t number, std::array<uint64_t, 6> arguments, int flags = 0) const;
    Result<size_t> send_piece(OutgoingMessage const& message, size_t offset, size_t size);
    Result<size_t> receive_plain(Sink const& sink, size_t offset, size_t size, int flags);
    Result<SocketAddress> ask_address(uint64_t number);
    Result<uint64_t> control_structure(uint64_t request, uint64_t argument, size_t size);
    Result<uint64_t> list_interfaces(uint64_t argument);

    HostDescriptor descriptor_;
    int domain_;
    bool has_peer_inside_ { false };
    std::atomic<bool> has_timeout_ { false }; // SO_RCVTIMEO or SO_SNDTIMEO was set: interrupted calls do not restart
    int type_;                                // SOCK_STREAM and so on, without flags
};

struct Socket::Pair {
    Ref<Socket> sockets[2];
};

} // namespace farl
