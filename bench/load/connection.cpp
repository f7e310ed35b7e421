#include "bench/load/connection.h"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace farl::load {

namespace {

constexpr int kNone = -1;
constexpr size_t kReceiveSize = 16 * 1024;

[[noreturn]] void fail(char const* what) { throw std::system_error(errno, std::generic_category(), what); }

std::unique_ptr<TlsStream> tls_of(Target const& target, int descriptor)
{
    return target.has_tls ? std::make_unique<TlsStream>(descriptor) : nullptr;
}

} // namespace

// Waits for the connection, which takes no time on the loopback as long as the server's backlog is not full.
int connected_socket(uint16_t port)
{
    auto const descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        fail("socket");
    sockaddr_in address { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        fail("connect");
    int const is_set = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &is_set, sizeof is_set);
    return descriptor;
}

Connection::Connection(Target const& target)
    : descriptor_(connected_socket(target.port)),
      tls_(tls_of(target, descriptor_))
{
}

Connection::Connection(Connection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, kNone)),
      tls_(std::move(other.tls_))
{
}

Connection::~Connection()
{
    if (descriptor_ != kNone)
        close(descriptor_);
}

void Connection::send(std::string_view request, uint64_t intended_ns)
{
    is_busy_ = true;
    intended_ns_ = intended_ns;
    auto const sent =
        tls_ ? tls_->send(request) : ::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
        return; // receive() sees the end too
    // The server has taken the request before, so that the socket's buffer is empty: a small one always fits.
    if (sent != static_cast<ssize_t>(request.size()))
        fail("send");
}

// Behind what is there.
ssize_t Connection::receive_some()
{
    auto const before = received_.size();
    received_.resize(before + kReceiveSize);
    auto* const room = received_.data() + before;
    auto const size = tls_ ? tls_->receive(room, kReceiveSize) : recv(descriptor_, room, kReceiveSize, MSG_DONTWAIT);
    received_.resize(before + static_cast<size_t>(size > 0 ? size : 0));
    return size;
}

// TLS may have taken more from the socket than it gives at once, of which epoll knows nothing.
Connection::Received Connection::receive(Protocol const& protocol)
{
    Reply reply;
    do {
        auto const size = receive_some();
        if (size < 0 && errno == EAGAIN)
            return Received::Nothing;
        if (size <= 0)
            return Received::End;
        reply = protocol.parse(received_);
    } while (reply.kind == Reply::Kind::Incomplete);
    if (reply.kind == Reply::Kind::Malformed || reply.size != received_.size())
        throw std::runtime_error("not an answer to the request: " + received_.substr(0, 200));
    received_.clear();
    is_busy_ = false;
    return reply.kind == Reply::Kind::Success ? Received::Answer : Received::Failure;
}

void Connection::reconnect(Target const& target)
{
    tls_.reset();
    close(std::exchange(descriptor_, kNone));
    received_.clear();
    is_busy_ = false;
    descriptor_ = connected_socket(target.port);
    tls_ = tls_of(target, descriptor_);
}

} // namespace farl::load
