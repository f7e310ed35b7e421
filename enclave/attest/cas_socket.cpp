#include "enclave/attest/cas_socket.h"

#include "enclave/attest/host_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

namespace farl {

namespace {

// HOST: only what is internet's is used; a wrong address leads nowhere that has the CAS's key.
bool is_address(CasPlace const& place)
{
    return (place.address.ss_family == AF_INET && place.size == sizeof(sockaddr_in))
        || (place.address.ss_family == AF_INET6 && place.size == sizeof(sockaddr_in6));
}

Result<CasPlace> ask_for_place(int socket)
{
    CasPlace place;
    Staging staging;
    auto room = TRY(staging.reserve(sizeof(place.address)));
    auto size = TRY(staging.put_object(static_cast<uint64_t>(sizeof(place.address))));
    TRY(checked_status(host_call(SYS_getpeername, socket, room.value(), size.value())));
    place.size = static_cast<uint32_t>(host_read<uint64_t>(size));
    if (place.size > sizeof(place.address))
        return host_lied("size of an address", place.size);
    host_copy_in(&place.address, room, sizeof(place.address));
    return place;
}

Result<> set_option(int socket, int level, int option, int value)
{
    Staging staging;
    auto staged = TRY(staging.put_object(value));
    return checked_status(host_call(SYS_setsockopt, socket, level, option, staged.value(), sizeof(value)));
}

Result<int> pending_error(int socket)
{
    Staging staging;
    auto value = TRY(staging.put_object(uint64_t { 0 }));
    auto size = TRY(staging.put_object(uint64_t { sizeof(int) }));
    TRY(checked_status(host_call(SYS_getsockopt, socket, SOL_SOCKET, SO_ERROR, value.value(), size.value())));
    return static_cast<int>(host_read<uint64_t>(value));
}

} // namespace

CasPlace place_of_cas(int socket)
{
    auto place = ask_for_place(socket);
    if (place.is_error() || !is_address(place.value()))
        return {};
    (void)set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1); // a state is one small message, and waited for
    return place.value();
}

Result<HostDescriptor> connect_to_cas(CasPlace const& place, uint64_t deadline_ns)
{
    if (place.size == 0)
        return Errno::Enotconn;
    auto socket = TRY(checked_descriptor(
        host_call(SYS_socket, place.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)));
    (void)set_option(socket.number(), IPPROTO_TCP, TCP_NODELAY, 1);
    {
        Staging staging;
        auto address = TRY(staging.put(&place.address, place.size));
        auto begun = checked_status(host_call(SYS_connect, socket.number(), address.value(), place.size));
        if (begun.is_ok())
            return socket;
        if (begun.error() != Errno::Einprogress)
            return begun.error();
    }
    TRY(wait_until_ready(socket.number(), POLLOUT, deadline_ns));
    // HOST: that it is connected is a claim, which the handshake tests.
    auto const error = TRY(pending_error(socket.number()));
    if (error != 0)
        return error > 0 && error < 134 ? static_cast<Errno>(error) : host_lied("error of a socket", error);
    return socket;
}

} // namespace farl
