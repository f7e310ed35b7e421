// UnixSocket: a socket of unix(7). Its bytes stay in this enclave: those of a pair, and of names in enclave memory and
// abstract ones that were bound here. Only when it is to reach a name of the host's it becomes one of the host's
// (unix_outside.cpp), for good.
#pragma once

#include "enclave/net/host_socket.h"
#include "enclave/net/unix/unix_port.h"

namespace farl {

class UnixSocket final : public Socket {
public:
    // EPROTONOSUPPORT, ESOCKTNOSUPPORT. Of the flags SOCK_NONBLOCK counts.
    static Result<Ref<UnixSocket>> create(int type, int protocol);
    static Result<SocketPair> create_pair(int type, int protocol);
    ~UnixSocket() override;

    Result<size_t> read(Sink const& sink) override;
    Result<size_t> write(Source const& source) override;
    Result<struct stat> status() override;
    Result<struct statfs> file_system_status() override;
    Result<> change_mode(uint32_t mode) override;
    Result<> change_owner(uint32_t uid, uint32_t gid) override;
    Result<uint64_t> control(uint64_t request, uint64_t argument) override;
    Result<> set_status_flags(uint32_t flags) override;
    int host_descriptor() const override { return outside() ? outside()->host_descriptor() : -1; }
    uint32_t ready_events() override;
    ReadySource* ready_source() override { return outside() ? nullptr : &readiness_; }
    uint32_t host_watch(uint32_t wanted) const override;
    bool can_signal() const override { return true; }

    Result<> bind(SocketName const& name) override;
    Result<> listen(int backlog) override;
    Result<Ref<Socket>> accept(int flags, SocketAddress* peer) override;
    Result<> connect(SocketName const& name) override;
    Result<SocketAddress> local_address() override;
    Result<SocketAddress> peer_address() override;
    Result<> shut_down(int how) override;
    Result<> set_option(int level, int name, std::span<std::byte const> value) override;
    Result<size_t> get_option(int level, int name, std::span<std::byte> value) override;
    Result<size_t> send(OutgoingMessage const& message) override;
    Result<size_t> receive(IncomingMessage& message) override;
    Result<size_t> receive_bytes(Sink const& sink, int flags) override;

    bool can_send_from_host() const override { return outside() && outside()->can_send_from_host(); }
    Result<size_t> send_from(int host_descriptor, std::optional<uint64_t> offset, size_t size) override
    {
        return outside()->send_from(host_descriptor, offset, size);
    }

    int domain() const override { return AF_UNIX; }
    int type() const override { return port_->type(); }

    // It was to be accepted, and nobody did.
    void abandon();

private:
    Result<> set_async_owner_on_host(AsyncOwner const& owner) override;

    static constexpr uint32_t kDefaultBuffer = 212992; // net.core.wmem_default

    UnixSocket(uint32_t status_flags) : Socket(status_flags) { }
    static Result<Ref<UnixSocket>> make(int type, uint32_t status_flags);

    UnixQueue& inbox() const { return port_->inbox(); }
    bool has_connection() const { return type() != SOCK_DGRAM; }
    bool is_stream() const { return type() == SOCK_STREAM; }
    Ref<UnixPort> peer() const; // null: it is not connected
    void join(Ref<UnixPort> peer, ucred const& credentials);
    void part();
    void leave_peer();
    uint64_t deadline(int flags, std::atomic<uint64_t> const& timeout_ns) const;
    // signal(7): what has a time-out is not restarted.
    template <typename T>
    Result<T> unless_timed(Result<T> result) const
    {
        if (result.is_error() && result.error() == Errno::Eintr)
            forbid_restart_of_timed();
        return result;
    }
    void forbid_restart_of_timed() const;

    Result<Ref<UnixPort>> find(SocketName const& name);
    Result<> connect_to(UnixPort& to);

    // Null: it is inside.
    HostSocket* outside() const { return outside_.load(std::memory_order_acquire); }
    static bool may_reach_host();
    Result<> hand_over(HostSocket& host) const;
    Result<Ref<HostSocket>> go_outside();

    Result<Ref<UnixName>> name_for_sending();
    Result<> check_sending(OutgoingMessage const& message);
    Result<Ref<UnixPort>> destination(OutgoingMessage const& message);
    size_t most_messages(UnixPort const& to) const;
    Result<UnixQueue::Received> take(Sink const& sink, int flags);
    Result<UnixQueue::Received> take_all(Sink const& sink, UnixQueue::ReceiveTerms const& terms);
    Result<> check_receiving(int flags) const;
    uint32_t connection_events();

    Result<> set_buffer(std::atomic<uint32_t>& buffer, int wanted, int smallest);
    Result<int> simple_option(int name);
    ucred peer_credentials() const;

    Ref<UnixPort> port_;
    std::atomic<HostSocket*> outside_ { nullptr }; // with a reference
    Mutex joining_;                                // changes of the peer
    UnixQueue::Sender sender_;
    mutable Spinlock lock_; // the three below
    Ref<UnixPort> peer_;
    std::atomic<bool> is_connected_ { false }; // there is one
    ucred peer_credentials_ { 0, ~0u, ~0u };

    std::atomic<uint32_t> sends_at_most_ { kDefaultBuffer }, receives_at_most_ { kDefaultBuffer };
    std::atomic<uint64_t> receive_timeout_ns_ { 0 }, send_timeout_ns_ { 0 }; // 0: none
    std::atomic<bool> is_connecting_ { false };
    std::atomic<bool> passes_credentials_ { false };
    std::atomic<bool> is_sending_shut_ { false }; // of datagrams
    std::atomic<uint64_t> switches_ { 0 };        // options that are only kept, by their numbers
    std::atomic<uint32_t> mode_ { 0777 };
    std::atomic<uint32_t> uid_ { 0 }, gid_ { 0 };
};

} // namespace farl
