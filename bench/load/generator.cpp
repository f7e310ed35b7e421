#include "bench/load/generator.h"

#include "bench/load/processor_time.h"

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <system_error>
#include <unistd.h>

namespace farl::load {

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr int kMostEvents = 128;

uint64_t in_ns(double seconds) { return static_cast<uint64_t>(seconds * static_cast<double>(kSecond)); }

timespec as_timespec(uint64_t ns)
{
    return { .tv_sec = static_cast<time_t>(ns / kSecond), .tv_nsec = static_cast<long>(ns % kSecond) };
}

} // namespace

Generator::Generator(Plan const& plan, std::unique_ptr<Protocol> protocol)
    : plan_(plan),
      protocol_(std::move(protocol)),
      epoll_(epoll_create1(EPOLL_CLOEXEC))
{
    prctl(PR_SET_TIMERSLACK, 1); // else each wait is 50 us longer
    connections_.reserve(plan.connection_count);
    for (uint32_t i = 0; i < plan.connection_count; ++i) {
        auto& connection = connections_.emplace_back(plan.target);
        watch(connection);
        idle_.push_back(&connection);
    }
}

Generator::~Generator() { close(epoll_); }

void Generator::watch(Connection& connection)
{
    epoll_event event { .events = EPOLLIN, .data = { .ptr = &connection } };
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.descriptor(), &event) != 0)
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

Generator::Clocks Generator::read_clocks() const
{
    return { monotonic_ns(), own_processor_s(), processor_s_of(plan_.servers), machine_processor_s() };
}

bool Generator::is_finished(uint64_t now_ns, uint64_t end_ns) const
{
    if (plan_.most_requests)
        return measured_.answers + measured_.failures >= plan_.most_requests;
    return now_ns >= end_ns;
}

Measured Generator::run()
{
    auto begin = read_clocks();
    Pacer pacer(plan_.rate, begin.now_ns);
    auto const start_ns = begin.now_ns + (plan_.most_requests ? 0 : in_ns(plan_.warm_up_s));
    auto const end_ns = start_ns + in_ns(plan_.duration_s);
    bool is_warm = false;
    auto now = begin.now_ns;
    for (; !is_finished(now, end_ns); now = monotonic_ns()) {
        if (!is_warm && now >= start_ns) {
            is_warm = true;
            measured_ = {};
            begin = read_clocks();
        }
        send_due(pacer, now);
        wait(std::min(idle_.empty() ? end_ns : std::max(pacer.next_ns(), now), is_warm ? end_ns : start_ns));
    }
    auto const end = read_clocks();
    measured_.sent = sent_;
    measured_.behind = pacer.behind(now);
    measured_.duration_s = static_cast<double>(end.now_ns - begin.now_ns) / static_cast<double>(kSecond);
    measured_.client_processor_s = end.client_processor_s - begin.client_processor_s;
    measured_.server_processor_s = end.server_processor_s - begin.server_processor_s;
    measured_.machine_processor_s = end.machine_processor_s - begin.machine_processor_s;
    return std::move(measured_);
}

// Any idle connection takes the next request; while there is none, requests wait, and their time runs.
void Generator::send_due(Pacer& pacer, uint64_t now_ns)
{
    while (!idle_.empty() && pacer.is_due(now_ns)) {
        if (plan_.most_requests && sent_ == plan_.most_requests)
            return;
        request_.clear();
        protocol_->append_request(request_);
        idle_.front()->send(request_, pacer.take(now_ns));
        idle_.pop_front();
        ++sent_;
    }
}

void Generator::wait(uint64_t until_ns)
{
    epoll_event events[kMostEvents];
    auto const before = monotonic_ns();
    auto const timeout = as_timespec(until_ns > before && !plan_.is_spinning ? until_ns - before : 0);
    auto const count = epoll_pwait2(epoll_, events, kMostEvents, &timeout, nullptr);
    if (count < 0 && errno != EINTR)
        throw std::system_error(errno, std::generic_category(), "epoll_pwait2");
    for (int i = 0; i < count; ++i)
        take_from(*static_cast<Connection*>(events[i].data.ptr), monotonic_ns());
}

void Generator::take_from(Connection& connection, uint64_t now_ns)
{
    auto const was_idle = !connection.is_busy();
    switch (connection.receive(*protocol_)) {
    case Connection::Received::Nothing:
        return;
    case Connection::Received::Answer:
        ++measured_.answers;
        measured_.latency.record(now_ns - connection.intended_ns());
        break;
    case Connection::Received::Failure:
        ++measured_.failures;
        break;
    case Connection::Received::End:
        ++measured_.disconnections;
        connection.reconnect(plan_.target);
        watch(connection);
        break;
    }
    if (!was_idle)
        idle_.push_back(&connection);
}

} // namespace farl::load
