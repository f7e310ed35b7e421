// NamedConnection: connect(2) to a host name. The host says which addresses that has, and they are tried one after
// another. Its calls never wait: EAGAIN says that the host has to be waited for. For any thread.
//
// Lock order: the socket's epoll sets, lock_, the shield reactor, a ReadySource.
#pragma once

#include "enclave/net/shield_reactor.h"
#include "enclave/net/socket_address.h"
#include "enclave/vfs/ready.h"

#include <array>
#include <optional>

namespace farl {

struct HostPlace {
    std::string_view host; // stays
    uint16_t port { 0 };
    SocketAddress stand_in; // as the program says it
};

class NamedConnection final : public ShieldWatched {
public:
    // For a socket of the host of this domain, which does not block and, as `readiness`, stays until close().
    // ENOMEM.
    static Result<Ref<NamedConnection>> create(int socket, int domain, HostPlace const& place, ReadySource& readiness);
    ~NamedConnection() override = default;

    // Asks. ENOMEM, or an error of the host.
    Result<> begin();

    SocketAddress const& stand_in() const { return place_.stand_in; }

    // As far as it goes. Success once, to whoever takes the connection over; an error again and again: that of the last
    // address, or EHOSTUNREACH if there is none.
    Result<> advance();
    // Whoever took it over could not use it.
    void fail(Errno error);
    // What the host is to be asked for about the socket; none while no answer has come.
    std::optional<uint32_t> host_interest();
    // The last call.
    void close();

    void host_is_ready() override;
    void deadline_has_passed() override;

private:
    enum class Phase : uint8_t { Asking, Connecting, Connected, Taken, Failed };
    using Address = std::array<uint8_t, 16>; // as of IPv6
    static constexpr size_t kMost = 16;

    NamedConnection(int socket, int domain, HostPlace const& place, ReadySource& readiness)
        : socket_(socket),
          domain_(domain),
          place_(place),
          readiness_(&readiness)
    {
    }

    Result<> step();
    Result<> take_answer();
    Result<size_t> receive_answer();
    Result<> try_addresses();
    Result<> connect_to(Address const& address) const;
    void stop_asking();
    void tell_unknown() const;
    void notify();

    int socket_;
    int domain_;
    HostPlace place_;

    Mutex lock_; // all below
    ReadySource* readiness_;
    Phase phase_ { Phase::Asking };
    HostDescriptor answer_;
    ShieldReactor::Ticket ticket_ { 0 };
    std::array<Address, kMost> addresses_ {};
    size_t count_ { 0 }, current_ { 0 };
    Errno error_ { Errno::Ehostunreach };
};

} // namespace farl
