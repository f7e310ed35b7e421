// A launcher of the tests: the product's launcher on the emulator, but what streams of the Internet send goes in
// pieces, down to a single byte, with pauses between some, and so does their end. As a proxy on the way would have it,
// but addresses stay what they are, and nothing is under way when a call returns: so the behaviours of tests/syscall
// hold as they do natively.
//
// With a file `lies` beside the enclave it lies instead. "received": receives in a batch give more bytes than there is
// room for. "sent": more was sent than there was.
#include "host/executor/sync/sync_executor.h"
#include "host/launch/launcher.h"
#include "host/platform/emulator/emulator.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace farl::host {

namespace {

// The same pieces in each run, up to which thread comes first.
class Chance {
public:
    uint64_t next()
    {
        auto x = counter_.fetch_add(0x9e3779b97f4a7c15, std::memory_order_relaxed);
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }
    bool one_in(uint64_t count) { return next() % count == 0; }

private:
    std::atomic<uint64_t> counter_ { 0 };
};

class NarrowPath final : public Executor {
public:
    NarrowPath(Executor& inner, std::string_view lies) : inner_(inner), lies_(lies) { }

    int64_t execute(LinuxCall const& call) override
    {
        constexpr size_t kSize = 2; // of the arguments
        if (!lies_.empty())
            return is_lied_about(call) ? static_cast<int64_t>(call.arguments[kSize]) + 1 : inner_.execute(call);
        auto const descriptor = static_cast<int>(call.arguments[0]);
        bool const is_sent = call.number == SYS_sendto && is_stream(descriptor);
        if (is_sent || (call.number == SYS_shutdown && is_stream(descriptor)))
            pause();
        if (!is_sent)
            return inner_.execute(call);
        uint64_t arguments[6];
        std::copy_n(call.arguments, std::size(arguments), arguments);
        constexpr uint64_t kPieces[] { 1, 1, 2, 5, 6, 100, 1000, 20000 };
        arguments[kSize] = std::min(arguments[kSize], kPieces[chance_.next() % std::size(kPieces)]);
        auto piece = call;
        piece.arguments = arguments;
        return inner_.execute(piece);
    }

private:
    bool is_lied_about(LinuxCall const& call) const
    {
        constexpr uint64_t kRoom = 4032;       // CallBatch's
        constexpr uint64_t kAnswer = 777 + 22; // of lying_host_test, as a record
        bool const is_received = call.number == SYS_recvfrom && call.arguments[2] == kRoom;
        bool const is_sent = call.number == SYS_sendto && call.arguments[2] == kAnswer;
        return lies_ == "received" ? is_received : is_sent;
    }
    static bool is_stream(int descriptor)
    {
        int domain = 0, type = 0;
        socklen_t size = sizeof domain;
        return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0
            && getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0
            && (domain == AF_INET || domain == AF_INET6) && type == SOCK_STREAM;
    }

    void pause()
    {
        constexpr useconds_t kPause_us = 300; // enough for who waits at the other end to be there
        if (chance_.one_in(4))
            usleep(kPause_us);
    }

    Executor& inner_;
    std::string_view lies_; // of what: received, sent, or nothing
    Chance chance_;
};

} // namespace

} // namespace farl::host

int main(int count, char** arguments)
{
    auto const options = farl::host::LaunchOptions::parse(count, arguments);
    if (!options)
        return 2;
    auto emulator = farl::host::Emulator::create({}, options->page_use);
    if (emulator.is_error())
        return 125;
    static farl::host::SyncExecutor executor;
    std::string const enclave = options->enclave_path;
    std::ifstream file(enclave.substr(0, enclave.rfind('/') + 1) + "lies");
    static std::string const lies { std::istreambuf_iterator<char>(file), {} };
    static farl::host::NarrowPath path(executor, lies);
    static farl::host::Launcher launcher(*emulator.value(), path);
    return launcher.run(*options);
}
