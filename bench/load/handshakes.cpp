// Each connection shakes hands, gets one page and ends. Without the page nobody would know that the server has
// completed the handshake.
#include "bench/load/connection.h"
#include "bench/load/processor_time.h"
#include "bench/load/tls_measurements.h"

#include <atomic>
#include <cerrno>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdexcept>
#include <thread>
#include <unistd.h>
#include <vector>

namespace farl::load {

namespace {

constexpr std::string_view kRequest = "GET /page.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

struct FreeSession {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using Session = std::unique_ptr<SSL_SESSION, FreeSession>;

// To the end.
void read_answer(TlsStream& stream, int descriptor)
{
    char room[16 * 1024];
    ssize_t size = 0, total = 0;
    do {
        total += size;
        size = stream.receive(room, sizeof room);
        while (size < 0 && errno == EAGAIN) {
            pollfd waits { .fd = descriptor, .events = POLLIN, .revents = 0 };
            poll(&waits, 1, -1);
            size = stream.receive(room, sizeof room);
        }
    } while (size > 0);
    if (total == 0)
        throw std::runtime_error("no answer");
}

// The newest session that it gave.
Session visit(uint16_t port, SSL_SESSION* session)
{
    int const descriptor = connected_socket(port);
    Session given;
    {
        TlsStream stream(descriptor, session);
        if (session && !stream.is_resumed())
            throw std::runtime_error("the server does not resume sessions");
        stream.send(kRequest);
        read_answer(stream, descriptor);
        given.reset(stream.session());
    }
    close(descriptor);
    return given;
}

} // namespace

TlsMeasured measure_handshakes(TlsPlan const& plan, bool is_resuming)
{
    constexpr size_t kThreads = 8; // so that the server always has one to do
    auto const session = visit(plan.port, nullptr);
    std::atomic<uint64_t> count { 0 };
    std::atomic<bool> is_over { false };
    std::vector<std::thread> threads;
    std::exception_ptr failure;
    Stopwatch const watch(plan.servers);
    auto work = [&](size_t number) {
        try {
            while (!is_over) {
                visit(plan.port, is_resuming ? session.get() : nullptr);
                ++count;
            }
        } catch (...) {
            if (number == 0)
                failure = std::current_exception();
            is_over = true;
        }
    };
    for (size_t i = 0; i < kThreads; ++i)
        threads.emplace_back(work, i);
    std::this_thread::sleep_for(std::chrono::duration<double>(plan.duration_s));
    auto const seconds = watch.elapsed_s();
    auto const processor = watch.processor_s();
    auto const done = count.load();
    is_over = true;
    for (auto& thread : threads)
        thread.join();
    if (failure)
        std::rethrow_exception(failure);
    return { static_cast<double>(done), seconds, processor };
}

} // namespace farl::load
