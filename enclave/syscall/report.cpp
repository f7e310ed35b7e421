#include "enclave/syscall/report.h"

#include "enclave/hostcall/async_calls.h"
#include "enclave/hostcall/channel.h"
#include "enclave/hostcall/log.h"
#include "enclave/loader/patch_registry.h"
#include "enclave/memory/new.h"
#include "enclave/net/shield_statistics.h"
#include "enclave/process/process.h"
#include "enclave/syscall/dispatch.h"
#include "enclave/time/runtime_clock.h"

namespace farl {

namespace {

constinit int descriptor = -1;
constinit bool is_json = false;

// One line at a time, so that no buffer limits the report.
class Line {
public:
    ~Line() { write_line(descriptor, text_.view()); }
    template <typename T>
    Line& operator<<(T const& value)
    {
        text_ << value;
        return *this;
    }
    Line& right(uint64_t value, size_t width)
    {
        char digits[24];
        Formatter number(digits);
        number << value;
        for (size_t i = number.view().size(); i < width; ++i)
            text_ << ' ';
        text_ << number.view();
        return *this;
    }

private:
    char buffer_[256];
    Formatter text_ { buffer_ };
};

struct Figure {
    char const* name; // as in JSON
    char const* title;
    uint64_t value;
};

template <typename Body>
void for_each_host_call(Body&& body)
{
    auto& calls = host_call_statistics();
    for (size_t number = 0; number < kCountedCalls; ++number)
        if (auto count = calls.counts[number].load())
            body(syscall_entry(number).name ? syscall_entry(number).name : "other", count,
                ticks_to_ns(calls.ticks[number].load()));
}

template <typename Body>
void for_each_system_call(Body&& body)
{
    for (size_t number = 0; number < kMostSyscalls; ++number)
        if (auto count = syscall_statistics().calls[number].load())
            body(syscall_entry(number).name, count);
}

template <typename Body>
void for_each_figure(Body&& body)
{
    auto& calls = syscall_statistics();
    auto scheduling = scheduler().statistics();
    auto queued = async_calls().statistics();
    auto usage = process().memory->usage();
    auto& shield = shield_statistics();
    auto heap = runtime_heap().statistics();
    auto avoided = queued.calls - queued.doorbells - queued.cancellations + scheduling.finds;
    uint64_t total = 0;
    for_each_system_call([&](char const*, uint64_t count) { total += count; });
    Figure const figures[] {
        { "system_calls", "system calls", total },
        { "trapped", "of these by the exception path", calls.trapped.load() },
        { "exits", "enclave exits", scheduling.exits },
        { "exceptions", "exceptions", calls.exceptions.load() },
        { "interrupts", "interrupts", calls.interrupts.load() },
        { "patched_sites", "patched system call sites", patch_registry().applied.load() },
        { "refused_sites", "sites that could not be patched", patch_registry().refused.load() },
        { "host_lies", "impossible answers of the host", host_call_statistics().lies.load() },
        { "async_calls", "asynchronous host calls", queued.calls },
        { "async_outstanding", "outstanding now", queued.outstanding },
        { "async_most_outstanding", "outstanding at most", queued.most_outstanding },
        { "async_parks", "waits of threads that let others run", queued.parks },
        { "worker_wakes", "wake-ups of workers asked for", queued.doorbells },
        { "async_served_by_carriers", "requests that no worker could be had for", queued.served },
        { "async_cancellations", "cancelled asynchronous host calls", queued.cancellations },
        { "workers", "workers now, as the host says", queued.workers },
        { "most_workers", "workers at most, as the host says", queued.most_workers },
        { "transition_ns", "leaving the enclave and coming back, ns",
            ticks_to_ns(host_call_statistics().transition_ticks) },
        { "emulated_transition_ns", "what the emulator was to charge for that, ns",
            host_call_statistics().emulated_transition_ns },
        { "tls_accepted", "shielded connections accepted", shield.accepted.load() },
        { "tls_connected", "shielded connections to elsewhere", shield.connected.load() },
        { "tls_resumed", "of both, those that went on with an earlier session", shield.resumed.load() },
        { "tls_refused", "connections refused in their handshake", shield.refused.load() },
        { "tls_broken", "shielded connections changed or cut off", shield.broken.load() },
        { "exits_avoided", "exits avoided by calls and carriers that were answered inside", avoided },
        { "carriers", "carriers", scheduling.carriers },
        { "switches", "thread switches", scheduling.switches },
        { "stolen_threads", "threads taken from another carrier's queue", scheduling.stolen },
        { "carrier_sleeps", "carrier sleeps", scheduling.sleeps },
        { "carrier_wakes", "carrier wake-ups", scheduling.wakes },
        { "backoff_finds", "back-offs that found work before the carrier slept", scheduling.finds },
        { "backoff_ns", "time in back-off, ns", scheduling.backoff_ns },
        { "parked_threads", "parked threads", scheduling.parked },
        { "most_parked_threads", "parked threads, most seen when a carrier ran out of work", scheduling.most_parked },
        { "most_queued_threads", "runnable threads in one queue, most", scheduling.most_queued },
        { "memory_committed_bytes", "application memory, bytes", usage.committed_bytes },
        { "memory_mapped_bytes", "application address space, bytes", usage.total_bytes },
        { "runtime_heap_bytes", "runtime heap, bytes", heap.committed_bytes },
    };
    for (auto const& figure : figures)
        body(figure);
}

void write_text()
{
    Line() << "farl: statistics\n";
    for_each_figure([](Figure const& figure) { Line().right(figure.value, 16) << "  " << figure.title << '\n'; });
    Line() << "      host calls     time us  name\n";
    for_each_host_call([](char const* name, uint64_t count, uint64_t ns) {
        Line().right(count, 16).right(ns / 1000, 12) << "  " << name << '\n';
    });
}

void write_json()
{
    Line() << "{\"host_calls\": {";
    bool is_first = true;
    for_each_host_call([&](char const* name, uint64_t count, uint64_t ns) {
        Line() << (is_first ? "" : ", ") << '"' << name << "\": {\"count\": " << count << ", \"ns\": " << ns << '}';
        is_first = false;
    });
    Line() << "}, \"system_calls_by_name\": {";
    is_first = true;
    for_each_system_call([&](char const* name, uint64_t count) {
        Line() << (is_first ? "" : ", ") << '"' << name << "\": " << count;
        is_first = false;
    });
    Line() << '}';
    for_each_figure([](Figure const& figure) { Line() << ", \"" << figure.name << "\": " << figure.value; });
    Line() << "}\n";
}

} // namespace

void start_report(wire::LaunchSettings const& settings)
{
    if (!(settings.switches & wire::kLaunchStats))
        return;
    descriptor = settings.stats_fd;
    is_json = settings.switches & wire::kLaunchStatsJson;
    host_call_statistics().is_enabled = true;
    syscall_statistics().is_enabled = true;
}

void write_report()
{
    if (descriptor < 0)
        return;
    if (is_json)
        write_json();
    else
        write_text();
}

} // namespace farl
