// A server that echoes, on TCP and on a Unix socket, and clients that keep many connections to it at once, give some up
// and make new ones.
#include "tests/soak/soak.h"

#include <arpa/inet.h>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace soak {

namespace {

constexpr unsigned kServerThreads = 3, kClientThreads = 4;
constexpr size_t kLongestMessage = 2000;

union Address {
    sockaddr any;
    sockaddr_in internet;
    sockaddr_un local;
};

// Of 127.0.0.1 with a port of the system's choice, or abstract with a name of the system's choice.
class Listener {
public:
    explicit Listener(int family) : socket_(retry("socket", [&] { return socket(family, SOCK_STREAM, 0); }))
    {
        Address wanted {};
        wanted.any.sa_family = static_cast<sa_family_t>(family);
        socklen_t size = sizeof(sa_family_t);
        if (family == AF_INET) {
            wanted.internet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            size = sizeof wanted.internet;
        }
        retry("bind", [&] { return bind(socket_, &wanted.any, size); });
        retry("listen", [&] { return listen(socket_, 512); });
        retry("getsockname", [&] { return getsockname(socket_, &address_.any, &size_); });
    }
    int accept() const { return accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK); }
    void close_down() const { shutdown(socket_, SHUT_RDWR); }

    // A signal in the middle may have left it being made, or made.
    int connect() const
    {
        int made = retry("socket", [&] { return socket(address_.any.sa_family, SOCK_STREAM, 0); });
        retry("connect", [&] { return ::connect(made, &address_.any, size_) < 0 && errno != EISCONN ? -1 : 0; });
        fcntl(made, F_SETFL, O_NONBLOCK);
        return made;
    }

private:
    int socket_;
    Address address_ {};
    socklen_t size_ { sizeof address_ };
};

class Epoll {
public:
    Epoll() : file_(retry("epoll_create1", [] { return epoll_create1(EPOLL_CLOEXEC); })) { }
    ~Epoll() { close(file_); }
    Epoll(Epoll const&) = delete;
    void add(int file, uint32_t events, uint64_t data)
    {
        epoll_event interest { .events = events, .data = { .u64 = data } };
        retry("epoll_ctl", [&] { return epoll_ctl(file_, EPOLL_CTL_ADD, file, &interest); });
    }
    // Calls `on_event(data, events)` for what is there within a moment.
    template <typename Callback>
    void wait(Callback on_event)
    {
        epoll_event events[64];
        int many = retry("epoll_wait", [&] { return epoll_wait(file_, events, 64, 200); });
        for (int i = 0; i < many; ++i)
            on_event(events[i].data.u64, events[i].events);
    }

private:
    int file_;
};

// At the end the clients go, then nothing is accepted any more, then the last connection is closed.
std::atomic<unsigned> clients_left { kClientThreads };
std::atomic<unsigned> listeners_left { 2 };
std::atomic<unsigned> open_connections { 0 };

// ---- the server

void accept_all(Listener& listener, std::vector<std::unique_ptr<Epoll>>& served, Progress& progress)
{
    for (uint64_t number = 0;; ++number) {
        int connection = listener.accept();
        if (connection < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (connection < 0 && clients_left == 0)
            break;
        check(connection >= 0, "accept works");
        ++open_connections;
        served[number % served.size()]->add(connection, EPOLLIN, static_cast<uint64_t>(connection));
        progress.step();
    }
    --listeners_left;
}

// What a client may have in flight fits into the buffers of a socket, so writing never has to wait.
void echo(int connection)
{
    char bytes[4096];
    auto size = recv(connection, bytes, sizeof bytes, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) { // the client gave it up
        close(connection);
        --open_connections;
        return;
    }
    auto sent = send(connection, bytes, static_cast<size_t>(size), MSG_NOSIGNAL);
    bool has_gone = sent < 0 && (errno == EPIPE || errno == ECONNRESET);
    check(sent == size || has_gone, "an echo is sent whole");
}

void serve(Epoll& epoll, Progress& progress)
{
    while (listeners_left > 0 || open_connections > 0) {
        epoll.wait([](uint64_t data, uint32_t) { echo(static_cast<int>(data)); });
        progress.step();
    }
}

// ---- the clients

class Client {
public:
    Client(Listener const& listener, Epoll& epoll, uint64_t index) : listener_(listener), epoll_(epoll), index_(index)
    {
        open();
    }

    void go_on(std::minstd_rand& random, Progress& progress)
    {
        if (size_ > 0 && !has_received_all())
            return;
        if (size_ > 0)
            progress.step();
        if (random() % 64 == 0)
            reopen(random);
        send_message(random);
    }
    void close_down() const { close(socket_); }

private:
    void open()
    {
        socket_ = listener_.connect();
        epoll_.add(socket_, EPOLLIN | EPOLLOUT | EPOLLET, index_);
    }

    // Some go without leaving a trace, so that ports do not run out.
    void reopen(std::minstd_rand& random)
    {
        linger at_once { .l_onoff = random() % 2 == 0, .l_linger = 0 };
        setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(socket_);
        open();
    }

    char byte_at(size_t position) const { return static_cast<char>(seed_ + position * 7); }

    void send_message(std::minstd_rand& random)
    {
        seed_ = random();
        auto size = 1 + random() % kLongestMessage;
        char bytes[kLongestMessage];
        for (size_t i = 0; i < size; ++i)
            bytes[i] = byte_at(i);
        received_ = size_ = 0;
        auto sent = retry("send", [&] { return send(socket_, bytes, size, MSG_NOSIGNAL); });
        check(sent == static_cast<ssize_t>(size), "a message is sent whole");
        size_ = size;
    }

    bool has_received_all()
    {
        char bytes[kLongestMessage];
        auto size = recv(socket_, bytes, sizeof bytes, 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            return false;
        check(size > 0, "the server keeps a connection");
        for (ssize_t i = 0; i < size; ++i)
            check(bytes[i] == byte_at(received_ + static_cast<size_t>(i)), "an echo is what was sent");
        received_ += static_cast<size_t>(size);
        check(received_ <= size_, "an echo is no longer than what was sent");
        return received_ == size_;
    }

    Listener const& listener_;
    Epoll& epoll_;
    uint64_t index_;
    int socket_ { -1 };
    uint64_t seed_ { 0 };
    size_t size_ { 0 };
    size_t received_ { 0 };
};

void be_clients(std::vector<Listener*> listeners, unsigned count, Progress& progress)
{
    auto random = random_numbers();
    Epoll epoll;
    std::vector<std::unique_ptr<Client>> clients;
    for (unsigned i = 0; i < count; ++i) {
        clients.push_back(std::make_unique<Client>(*listeners[i % listeners.size()], epoll, i));
        progress.step();
    }
    while (!is_stopping())
        epoll.wait([&](uint64_t index, uint32_t) { clients[index]->go_on(random, progress); });
    for (auto& client : clients)
        client->close_down();
    --clients_left;
}

} // namespace

Threads start_connections(unsigned count)
{
    static Listener internet(AF_INET), local(AF_UNIX);
    static std::vector<std::unique_ptr<Epoll>> served;
    Threads threads;
    for (unsigned i = 0; i < kServerThreads; ++i) {
        served.push_back(std::make_unique<Epoll>());
        threads.emplace_back(serve, std::ref(*served[i]), std::ref(Progress::create("server")));
    }
    for (auto* listener : { &internet, &local })
        threads.emplace_back(accept_all, std::ref(*listener), std::ref(served), std::ref(Progress::create("accept")));
    for (unsigned i = 0; i < kClientThreads; ++i)
        threads.emplace_back(be_clients, std::vector<Listener*> { &internet, &local }, count / kClientThreads,
            std::ref(Progress::create("clients")));
    threads.emplace_back([] {
        while (clients_left > 0)
            usleep(100'000);
        internet.close_down(), local.close_down();
    });
    return threads;
}

} // namespace soak
