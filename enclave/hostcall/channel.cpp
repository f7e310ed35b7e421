#include "enclave/hostcall/channel.h"

#include "abi/wire/launch_config.h"
#include "base/tsc.h"
#include "enclave/hostcall/async_calls.h"
#include "enclave/hostcall/call_batch.h"
#include "enclave/hostcall/host_user.h"
#include "enclave/hostcall/log.h"
#include "enclave/sched/scheduler.h"

namespace farl {

namespace {

constinit HostCallStatistics statistics;

// One bit for each host descriptor the runtime holds.
constinit std::atomic<uint64_t> open_descriptors[wire::kMostDescriptors / 64] {};

bool mark_open(int number)
{
    auto bit = 1ull << (number % 64);
    return !(open_descriptors[number / 64].fetch_or(bit) & bit);
}

void mark_closed(int number) { open_descriptors[number / 64].fetch_and(~(1ull << (number % 64))); }

// Counts a call and its time, by number, if somebody will read it.
class Measured {
public:
    explicit Measured(uint64_t number)
    {
        if (!statistics.is_enabled) [[likely]]
            return;
        index_ = number < kCountedCalls ? number : kCountedCalls - 1;
        start_ = rough_ticks();
    }
    ~Measured()
    {
        if (!statistics.is_enabled) [[likely]]
            return;
        statistics.counts[index_].fetch_add(1, std::memory_order_relaxed);
        statistics.ticks[index_].fetch_add(rough_ticks() - start_, std::memory_order_relaxed);
    }

private:
    uint64_t index_ { 0 };
    uint64_t start_ { 0 };
};

// Whatever cancelled this carrier's last call does not cancel the next.
void allow_call() { host_write_word(Carrier::current().slot + offsetof(wire::HostCallSlot, cancelled), 0); }

void act_for_the_user()
{
    if (!host_user().is_of(Carrier::current().user_generation)) [[unlikely]]
        host_user().take_on();
}

// The way that is best for this kind of call.
template <typename ByExit>
int64_t make_call(GateRequest const& request, bool ends_when_kicked, ByExit&& by_exit)
{
    auto [way, is_sample] = async_calls().choose(request);
    if (!is_sample)
        return way == CallWay::Queue ? async_calls().call(request, ends_when_kicked) : by_exit();
    uint64_t cost;
    int64_t raw;
    if (way == CallWay::Queue) {
        raw = async_calls().call(request, ends_when_kicked, cost);
    } else {
        auto start = rough_ticks();
        raw = by_exit();
        cost = rough_ticks() - start;
    }
    async_calls().learn(request, way, cost);
    return raw;
}

bool is_error(int64_t raw) { return raw < 0; }

Errno checked_error(int64_t raw)
{
    // HOST: 133 is the last errno of Linux; 512 and above are the kernel's own and never leave it.
    if (raw < -133)
        return host_lied("errno", raw);
    return static_cast<Errno>(-raw);
}

} // namespace

HostCallStatistics& host_call_statistics() { return statistics; }

// A stray interruption may end it before it began: then it is tried again. EINTR means nothing to such a call.
// HOST: a host that always says so is lying. Nothing is logged, because that is such a call as well.
HostAnswer host_call(uint64_t number, std::array<uint64_t, 6> arguments)
{
    constexpr int kMostInterruptions = 1000;
    Measured measured(number);
    act_for_the_user();
    GateRequest request { .number = number, .arguments = arguments };
    for (int i = 0; i < kMostInterruptions; ++i) {
        allow_call();
        auto raw = make_call(request, false, [&] { return host_gate(request); });
        if (raw != -static_cast<int64_t>(Errno::Eintr))
            return HostAnswer(raw);
    }
    statistics.lies.fetch_add(1, std::memory_order_relaxed);
    return HostAnswer(-static_cast<int64_t>(Errno::Eio));
}

namespace {

constexpr int64_t kInterrupted = -static_cast<int64_t>(Errno::Eintr);

int64_t call_by_exit(GateRequest& request, OnInterrupt policy)
{
    return policy == OnInterrupt::Return ? scheduler().call_kickable(request) : scheduler().call_blocking(request);
}

HostAnswer call_blocking(GateRequest request, OnInterrupt policy)
{
    Measured measured(request.number);
    auto& fiber = *Carrier::current().fiber;
    bool finishes = policy == OnInterrupt::Finish;
    request.is_cancellable = !finishes;
    request.may_block = true;
    for (;;) {
        scheduler().deliver_kicks();
        act_for_the_user();
        allow_call();
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (!finishes && fiber.interrupt_requested.load())
            return HostAnswer(kInterrupted);
        auto raw = make_call(request, policy == OnInterrupt::Return, [&] { return call_by_exit(request, policy); });
        bool stray = raw == kInterrupted && !fiber.interrupt_requested.load();
        if (!stray || policy != OnInterrupt::Restart)
            return HostAnswer(raw);
    }
}

} // namespace

HostAnswer host_call_blocking(uint64_t number, std::array<uint64_t, 6> arguments, OnInterrupt policy)
{
    return call_blocking({ .number = number, .arguments = arguments }, policy);
}

HostAnswer host_call_followed(uint64_t number, std::array<uint64_t, 6> arguments, HostAddress follow_ups)
{
    return call_blocking(
        { .number = number, .arguments = arguments, .follow_ups = follow_ups.value() }, OnInterrupt::Restart);
}

HostAnswer host_call_on_terminal(uint64_t number, std::array<uint64_t, 6> arguments)
{
    auto stopped_by = Carrier::current().fiber->stopped_by.load(std::memory_order_relaxed);
    return call_blocking({ .number = number, .arguments = arguments, .stopped_by = stopped_by }, OnInterrupt::Restart);
}

Result<> checked_status(HostAnswer answer)
{
    auto raw = answer.unchecked();
    if (is_error(raw))
        return checked_error(raw);
    if (raw != 0)
        return host_lied("status", raw);
    return {};
}

Result<size_t> checked_count(HostAnswer answer, size_t most)
{
    auto raw = answer.unchecked();
    if (is_error(raw))
        return checked_error(raw);
    if (static_cast<uint64_t>(raw) > most)
        return host_lied("count", raw);
    return static_cast<size_t>(raw);
}

Result<uint64_t> checked_number(HostAnswer answer) { return checked_count(answer, INT32_MAX); }

Result<uint64_t> checked_offset(HostAnswer answer) { return checked_count(answer, INT64_MAX); }

Result<HostDescriptor> checked_descriptor(HostAnswer answer)
{
    auto raw = answer.unchecked();
    if (is_error(raw))
        return checked_error(raw);
    if (raw >= wire::kMostDescriptors || !mark_open(static_cast<int>(raw)))
        return host_lied("descriptor", raw);
    return HostDescriptor(static_cast<int>(raw));
}

Result<HostDescriptor> checked_descriptor_value(int number)
{
    if (number < 0)
        return host_lied("descriptor", number);
    return checked_descriptor(HostAnswer(number));
}

HostDescriptor HostDescriptor::inherited(int number)
{
    mark_open(number);
    return HostDescriptor(number);
}

HostDescriptor::~HostDescriptor()
{
    if (number_ >= 0)
        (void)close();
}

void HostDescriptor::close_in(CallBatch& batch)
{
    auto number = release();
    mark_closed(number);
    batch.add(SYS_close, { static_cast<uint64_t>(number) });
}

Result<> HostDescriptor::close()
{
    auto number = std::exchange(number_, -1);
    if (number < 0)
        return Errno::Ebadf;
    mark_closed(number);
    return checked_status(host_call(SYS_close, number));
}

Errno host_lied(char const* what, int64_t value)
{
    statistics.lies.fetch_add(1, std::memory_order_relaxed);
    Log(LogLevel::Warning) << "the host gave an impossible " << what << ": " << value;
    return Errno::Eio;
}

} // namespace farl
