// HostSocket: a socket of the host. Without network rules it is passed through, unprotected, as a network is. With
// them, streams of the Internet are what the rule for their address says: shielded (shielded_socket.cpp), passed
// through, or refused. What the host says about one is checked for shape: counts, lengths of addresses and of control
// messages, descriptors.
#pragma once

#include "enclave/hostcall/channel.h"
#include "enclave/net/named_connection.h"
#include "enclave/net/network_rules.h"
#include "enclave/net/shielded_listener.h"
#include "enclave/net/socket.h"

namespace farl {

class HostSocket final : public Socket {
public:
    static Result<Ref<HostSocket>> create(int domain, int type, int protocol);
    static Result<Ref<HostSocket>> adopt(HostDescriptor descriptor, uint32_t status_flags);
    ~HostSocket() override;

    Result<size_t> read(Sink const& sink) override;
    Result<size_t> write(Source const& source) override;
    Result<struct stat> status() override;
    Result<struct statfs> file_system_status() override;
    Result<> change_mode(uint32_t mode) override;
    Result<> change_owner(uint32_t uid, uint32_t gid) override;
    Result<uint64_t> control(uint64_t request, uint64_t argument) override;
    Result<> set_status_flags(uint32_t flags) override;
    int host_descriptor() const override { return descriptor_.number(); }
    uint32_t ready_events() override;
    uint32_t ready_events_since_hint() override;
    void look_ahead(CallBatch& batch) override;
    ReadySource* ready_source() override { return may_be_shielded_ ? &readiness_ : nullptr; }
    std::optional<uint32_t> host_interest(uint32_t wanted) override;
    uint32_t host_watch(uint32_t wanted) const override;
    void note_host_events(uint32_t events) override;
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
    Result<size_t> send_from(int host_descriptor, std::optional<uint64_t> offset, size_t size) override;
    Result<size_t> receive(IncomingMessage& message) override;
    Result<size_t> receive_bytes(Sink const& sink, int flags) override;

    int domain() const override { return domain_; }
    int type() const override { return type_; }
    bool can_send_from_host() const override { return !is_shielded() && !is_naming_; }
    bool delays_calls() const override { return is_shielded(); }
    // Whether what goes through it is not what the host has.
    bool is_shielded() const { return is_shielded_.load(std::memory_order_acquire); }
    Result<String> describe_shield() const override;

private:
    Result<> set_async_owner_on_host(AsyncOwner const& owner) override
    {
        return set_host_async_owner(descriptor_.number(), owner);
    }

    HostSocket(HostDescriptor descriptor, int domain, int type, uint32_t status_flags);

    bool discards(int flags) const;
    size_t most_received(int flags, size_t size) const;
    HostAnswer call(uint64_t number, std::array<uint64_t, 6> arguments, int flags = 0) const;
    static Result<> translate_descriptors(OutgoingMessage const& message);
    Result<size_t> send_piece(OutgoingMessage const& message, size_t offset, size_t size);
    Result<size_t> receive_plain(Sink const& sink, size_t offset, size_t size, int flags);
    Result<SocketAddress> ask_address(uint64_t number);
    Result<uint64_t> control_structure(uint64_t request, uint64_t argument, size_t size);
    Result<uint64_t> list_interfaces(uint64_t argument);

    Result<> connect_on_host(SocketAddress const& address);
    Result<> set_host_flags(uint32_t flags);
    void note_option(int name, std::span<std::byte const> value);
    // TCP_NODELAY and TCP_CORK of what is shielded are not the host's.
    bool keeps_option(int level, int name) const;
    Result<> keep_option(int name, std::span<std::byte const> value);
    Result<size_t> kept_option(int name, std::span<std::byte> value) const;

    // With network rules (socket_rules.cpp). Without any all is well.
    Result<> check_bind(SocketAddress const& address) const;
    void note_bound(SocketAddress const& address);
    Result<> check_destination(SocketAddress const* address, int flags) const;
    Result<NetworkRule const*> listening_rule();
    Result<NetworkRule const*> connecting_rule(SocketAddress const& address);
    // HOST: that a stream is connected is its word; only one that a rule leaves in the clear carries bytes to it.
    Result<> check_plain(Errno otherwise) const { return may_be_shielded_ && !is_plain_ ? otherwise : Result<> {}; }

    // By the stand-in of a host name (host_socket_names.cpp).
    struct Naming {
        Ref<NamedConnection> connection; // while it is on its way, and for its name while it is there
        Ref<ShieldedStream> stream {};   // by a rule of TLS: what is put on
    };
    Naming naming() const; // null: none is on its way
    Result<> connect_by_name(NetworkRule const& rule, std::string_view host, SocketAddress const& address);
    bool begin_naming(Naming const& naming);
    Result<> connect_again(SocketAddress const& address);
    Result<> advance_naming();
    Result<> take_named(Naming& naming);
    Result<> wait_for_name(bool waits);
    Result<> wait_for_connection();
    void end_naming(Ref<NamedConnection> there);
    Result<size_t> error_of_name(std::span<std::byte> value); // SO_ERROR
    // Before bytes of the program: the connection is there, or there was none by name.
    Result<> settle(int flags)
    {
        if (is_mute_)
            return Errno::Eacces;
        return is_naming_ ? settle_name(flags) : Result<> {};
    }
    Result<> settle_name(int flags);

    // Of shielded streams. Null: it is none.
    Ref<ShieldedStream> shield() const;
    Ref<ShieldedListener> listener() const;
    Result<> listen_shielded(NetworkRule const& rule, int backlog);
    Result<Ref<Socket>> accept_shielded(ShieldedListener& listener, int flags, SocketAddress* peer);
    Result<> connect_further(ShieldedStream& stream);
    Result<> connect_shielded(NetworkRule const& rule, SocketAddress const& address);
    Result<> finish_connecting(ShieldedStream& stream);
    Result<size_t> send_shielded(ShieldedStream& stream, OutgoingMessage const& message);
    Result<size_t> receive_shielded(ShieldedStream& stream, Sink const& sink, int flags);
    Result<size_t> receive_shielded_message(ShieldedStream& stream, IncomingMessage& message);
    void add_error_of_shield(std::span<std::byte> value);
    Result<uint64_t> count_shielded(ShieldedStream& stream, uint64_t request, uint64_t argument);
    void put_on(Ref<ShieldedStream> stream);
    void set_tcp_option(int name, int setting);
    void stop_listening(int how);
    Result<size_t> peer_certificate(std::span<std::byte> value) const;
    void take_off_shield();
    Result<> wait_for(uint32_t events, uint64_t deadline_ns);
    Result<> wait_for_all(ShieldedStream& stream, size_t size, uint64_t deadline_ns);
    uint64_t deadline_of(std::atomic<uint64_t> const& timeout_ns) const;

    HostDescriptor descriptor_;
    int domain_;
    bool may_be_shielded_ { false }; // a stream of the Internet, where there are rules
    // Of datagrams, where rules let none through. It connects, which passes nothing: resolvers see so which addresses
    // there are to use.
    bool is_mute_ { false };
    std::atomic<bool> is_plain_ { false }; // of those: a rule says so
    std::atomic<bool> is_shielded_ { false };
    std::atomic<bool> is_naming_ { false }; // until the connection is there, or somebody was told that it is not
    std::atomic<bool> has_no_delay_ { false }, is_corked_ { false };         // TCP_NODELAY, TCP_CORK of the program
    std::atomic<bool> aborts_at_close_ { false };                            // SO_LINGER of 0 seconds
    std::atomic<uint64_t> receive_timeout_ns_ { 0 }, send_timeout_ns_ { 0 }; // 0: none
    mutable Spinlock shield_lock_;                                           // the four below
    std::optional<InternetAddress> bound_;
    Ref<ShieldedStream> stream_;
    Ref<ShieldedListener> listener_;
    Naming naming_;
    std::atomic<bool> has_timeout_ { false }; // SO_RCVTIMEO or SO_SNDTIMEO was set: interrupted calls do not restart
    int type_;                                // SOCK_STREAM and so on, without flags
};

// What network rules say of a socket before it has a name; without rules all is well. EACCES.
Result<> check_kind_of_socket(int domain, int type, int protocol);
Result<> check_adopted_socket(int domain);
bool is_internet_stream(int domain, int type);
bool is_refused_datagram(int domain, int type);
// Whose stand-in that is; empty: nobody's.
std::string_view host_at(SocketAddress const& address);
// Options by which bytes would pass the shield by.
bool goes_around_shield(int level, int name);

} // namespace farl
