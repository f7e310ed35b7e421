#include "bench/load/connection.h"
#include "bench/load/tls_measurements.h"

#include <cerrno>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace farl::load {

namespace {

constexpr double kWarmUp_s = 0.1;

void wait_for(int descriptor, short events)
{
    pollfd waits { .fd = descriptor, .events = events, .revents = 0 };
    if (poll(&waits, 1, 10'000) != 1)
        throw std::runtime_error("the server has stopped");
}

// Runs `step`, which returns how many bytes it moved, for as long as the plan says.
template <typename Step>
TlsMeasured repeat(TlsPlan const& plan, Step step)
{
    for (Stopwatch const watch({}); watch.elapsed_s() < kWarmUp_s;)
        step();
    Stopwatch const watch(plan.servers);
    double amount = 0;
    while (watch.elapsed_s() < plan.duration_s)
        amount += static_cast<double>(step());
    return { amount, watch.elapsed_s(), watch.processor_s() };
}

size_t checked(ssize_t count)
{
    if (count <= 0)
        throw std::runtime_error("the server has ended the connection");
    return static_cast<size_t>(count);
}

class Socket {
public:
    explicit Socket(uint16_t port) : descriptor_(connected_socket(port)) { }
    ~Socket() { close(descriptor_); }
    Socket(Socket const&) = delete;
    Socket& operator=(Socket const&) = delete;
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

} // namespace

TlsMeasured measure_sending(TlsPlan const& plan)
{
    Socket const socket(plan.port);
    TlsStream stream(socket.descriptor());
    return repeat(plan, [&] {
        constexpr size_t kMost = 1 << 20;
        wait_for(socket.descriptor(), POLLIN);
        return checked(recv(socket.descriptor(), nullptr, kMost, MSG_TRUNC)); // tcp(7): discarded by the kernel
    });
}

TlsMeasured measure_receiving(TlsPlan const& plan)
{
    Socket const socket(plan.port);
    TlsStream stream(socket.descriptor());
    std::string const bytes(16 * 1024, 'x');
    return repeat(plan, [&]() -> size_t {
        auto const count = stream.send(bytes);
        if (count < 0 && errno == EAGAIN) {
            wait_for(socket.descriptor(), POLLOUT);
            return 0;
        }
        return checked(count);
    });
}

} // namespace farl::load
