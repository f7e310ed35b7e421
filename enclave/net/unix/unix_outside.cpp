// UnixSocket: what becomes one of the host's, because it is to have, or to reach, a name there.
#include "enclave/net/unix/unix_socket.h"
#include "enclave/vfs/epoll.h"

namespace farl {

// Without rules any, with them only if they leave Unix sockets in the clear.
bool UnixSocket::may_reach_host()
{
    auto const* rules = NetworkRules::installed();
    return !rules || rules->allows_unix();
}

// EISCONN for one that has a connection inside.
Result<Ref<HostSocket>> UnixSocket::go_outside()
{
    if (peer() || port_->listener())
        return Errno::Eisconn;
    int type = this->type() | (is_nonblocking() ? SOCK_NONBLOCK : 0);
    auto host = TRY(HostSocket::create(AF_UNIX, type, 0));
    TRY(hand_over(*host));
    HostSocket* none = nullptr;
    if (!outside_.compare_exchange_strong(none, host.get(), std::memory_order_acq_rel))
        return Ref<HostSocket>(*none); // another thread was faster
    auto given = host;
    (void)given.leak(); // the destructor's
    TRY(Epoll::follow_to_host(*this));
    return host;
}

Result<> UnixSocket::set_status_flags(uint32_t flags)
{
    if (auto* host = outside())
        TRY(host->set_status_flags(flags));
    return File::set_status_flags(flags);
}

Result<> UnixSocket::set_async_owner_on_host(AsyncOwner const& owner)
{
    auto* host = outside();
    return host ? set_host_async_owner(host->host_descriptor(), owner) : Result<> {};
}

// Edges, for who waited for it before it was the host's looks again at each.
uint32_t UnixSocket::host_watch(uint32_t) const { return EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET; }

} // namespace farl
