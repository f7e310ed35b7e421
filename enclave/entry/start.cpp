// Carriers begin here. The first one sets the runtime up, the others serve it.
#include "abi/sgx/layout.h"
#include "abi/wire/hostcall.h"
#include "enclave/crypto/random_seed.h"
#include "enclave/hostcall/async_calls.h"
#include "enclave/hostcall/channel.h"
#include "enclave/hostcall/log.h"
#include "enclave/hostcall/pages.h"
#include "enclave/loader/patch_registry.h"
#include "enclave/memory/new.h"
#include "enclave/memory/runtime_stacks.h"
#include "enclave/process/host_signal.h"
#include "enclave/process/process.h"
#include "enclave/process/program.h"
#include "enclave/syscall/dispatch.h"
#include "enclave/syscall/report.h"
#include "enclave/time/runtime_clock.h"
#include "enclave/time/vvar.h"

#include <cstring>

extern "C" {
extern char farl_syscall_entry[];
[[noreturn]] void farl_refuse();
uint8_t farl_carrier_state[farl::sgx::kTcsCount]; // 0 never entered, 1 being set up, 2 ready
}

namespace farl {

namespace {

constinit uint64_t canary = 0;
constinit HostAddress slots;
constinit StackPool stacks;
constinit std::atomic<bool> wants_signal_carrier { false };

constexpr uint64_t kRuntimeStacksBase = sgx::kRuntimeHeapBase + (sgx::kRuntimeHeapEnd - sgx::kRuntimeHeapBase) / 2;
constexpr uint64_t kLargestProcessId = 1 << 22; // PID_MAX_LIMIT of Linux

class RuntimePages final : public PageProvider {
public:
    Result<> commit(uint64_t address, size_t size) override
    {
        return enclave_pages().commit({ address, address + size });
    }
    Result<> release(uint64_t address, size_t size) override
    {
        return enclave_pages().uncommit({ address, address + size });
    }
};
constinit RuntimePages runtime_pages;

[[noreturn]] void refuse(char const* what)
{
    Log(LogLevel::Error) << what;
    leave_for_good(kFarlFailed, 0);
}

// HOST: everything in the start information is checked by whoever uses it; the copy is ours.
wire::StartInfo read_start_info(uint64_t address)
{
    return host_read<wire::StartInfo>(MUST(HostAddress::create(address, sizeof(wire::StartInfo))));
}

HostAddress checked_address(uint64_t address, uint64_t size, char const* what)
{
    auto checked = HostAddress::create(address, size);
    if (checked.is_error())
        refuse(what);
    return checked.value();
}

std::span<std::byte> copy_config(wire::StartInfo const& start)
{
    if (start.config_size > wire::kLaunchConfig.largest)
        refuse("the launch configuration is too large");
    auto from = checked_address(start.config_address, start.config_size, "the launch configuration is not outside");
    auto* bytes = static_cast<std::byte*>(runtime_heap().allocate(start.config_size));
    if (!bytes)
        refuse("no memory for the launch configuration");
    host_copy_in(bytes, from, start.config_size);
    return { bytes, start.config_size };
}

void start_clock(wire::StartInfo const& start)
{
    auto from =
        checked_address(start.clock_samples, 2 * sizeof(wire::ClockSample), "the host's clocks are not outside");
    auto first = host_read<wire::ClockSample>(from);
    auto second = host_read<wire::ClockSample>(from + sizeof(wire::ClockSample));
    if (initialise_clock(first, second).is_error())
        refuse("the host's clocks make no sense");
}

void start_scheduler(wire::LaunchSettings const& settings)
{
    constexpr uint64_t kMostCarriers = sgx::kTcsCount - 1; // one brings signals in
    auto computing = settings.carriers ? settings.carriers : settings.cpu_count;
    scheduler().initialise(monotonic_ns, computing, kMostCarriers);
}

// What leaving the enclave and coming back costs, in ticks of the time-stamp counter: the cheapest of a few.
uint64_t transition_ticks(int rounds)
{
    auto best = ~0ull;
    for (int i = 0; i < rounds; ++i) {
        auto start = read_tsc();
        host_gate(wire::FarlCall::WakeCarrier, sgx::kTcsCount); // there is no such carrier: nothing happens
        auto ticks = read_tsc() - start;
        best = ticks < best ? ticks : best;
    }
    return best;
}

// Measures, and says so if it is not what the emulator was to make it: figures that come of it would mean nothing.
void measure_transition(uint64_t emulated_ns)
{
    constexpr int kRounds = 16, kMoreRounds = 400;
    constexpr uint64_t kOwnCost_ns = 400; // at most, of the emulator and of the way to it
    auto& statistics = host_call_statistics();
    statistics.emulated_transition_ns = emulated_ns;
    auto is_off = [&] {
        auto measured = ticks_to_ns(statistics.transition_ticks);
        return emulated_ns && (measured < emulated_ns - emulated_ns / 20 || measured > emulated_ns + kOwnCost_ns);
    };
    statistics.transition_ticks = transition_ticks(kRounds);
    if (is_off()) // other programs may have been in the way
        statistics.transition_ticks = transition_ticks(kMoreRounds);
    if (is_off())
        Log(LogLevel::Warning) << "an entry and an exit take " << ticks_to_ns(statistics.transition_ticks)
                               << " ns here, and should take " << emulated_ns;
}

void start_host_calls(wire::LaunchSettings const& settings, wire::StartInfo const& start)
{
    if (async_calls().initialise(start.async).is_error())
        refuse("the launcher's queues are not outside the enclave");
    scheduler().set_completion_source(async_calls());
    measure_transition(settings.emulated_transition_ns);
    auto cost = host_call_statistics().transition_ticks;
    scheduler().set_costs(ticks_to_ns(cost), settings.cpu_count);
    async_calls().set_mode(settings.host_calls, cost, settings.cpu_count);
    // As many as look for requests at a time: the launcher's WorkerPoolOptions::most_watching.
    if (settings.carriers == 0 && async_calls().is_first_choice())
        scheduler().leave_to_workers(settings.cpu_count / 2);
}

Carrier& set_up_carrier(uint64_t index, uint64_t tcs)
{
    // The page came unmeasured: nothing of what is in it counts.
    auto* carrier = new (reinterpret_cast<void*>(tcs + sgx::kTcsCarrierPage * kPageSize)) Carrier {};
    carrier->self = carrier;
    carrier->syscall_entry = reinterpret_cast<uint64_t>(farl_syscall_entry);
    carrier->canary = canary;
    carrier->index = index;
    carrier->scheduler = &scheduler();
    return *carrier;
}

// The carrier's own context; its stack is the one it entered on.
void give_loop_fiber(Carrier& carrier, uint64_t tcs)
{
    auto top = tcs + (sgx::kTcsStackPage + sgx::kTcsStackPages) * kPageSize;
    auto* fiber = new (std::nothrow) Fiber(Fiber::CarrierLoop {}, top);
    if (!fiber)
        refuse("no memory for a carrier");
    carrier.fiber = carrier.loop_fiber = fiber;
}

[[noreturn]] void start_runtime(Carrier& carrier, uint64_t tcs, uint64_t start_info)
{
    auto start = read_start_info(start_info);
    slots = MUST(HostAddress::create(start.slots_address, sgx::kTcsCount * sizeof(wire::HostCallSlot)));
    carrier.slot = slots + carrier.index * sizeof(wire::HostCallSlot);
    runtime_heap().initialize(sgx::kRuntimeHeapBase, kRuntimeStacksBase, runtime_pages);
    stacks.initialize({ kRuntimeStacksBase, sgx::kRuntimeHeapEnd }, kFiberStackSize, runtime_pages);
    give_loop_fiber(carrier, tcs);
    farl_carrier_state[carrier.index] = 2;
    if (host_arena().initialise(start.arena_address, start.arena_size).is_error())
        refuse("the launcher's staging memory is not outside the enclave");
    if (start.version != wire::kProtocolVersion)
        refuse("the launcher is of another version than the enclave");
    if (!start.process_id || start.process_id > kLargestProcessId)
        refuse("the host's process number makes no sense");

    auto config = wire::LaunchConfig::parse(copy_config(start));
    if (config.is_error())
        refuse("the launch configuration is damaged");
    auto const& settings = config.value().settings();
    set_log(settings.log_level, settings.log_fd);
    if (settings.switches & wire::kLaunchTrace)
        enable_trace(settings.trace_fd);
    if (!(settings.switches & wire::kLaunchNoPatching) && patch_registry().add_all(config.value()).is_error())
        refuse("no memory for the patch tables");
    start_clock(start);
    start_scheduler(settings);
    start_host_calls(settings, start);
    start_report(settings);
    if (start_program(config.value(), start).is_error())
        refuse("no memory to start the program");
    process().at_exit(write_report);
    Spinlock::set_give_way(host_give_way);
    wants_signal_carrier = true;
    host_gate(wire::FarlCall::SpawnCarrier, 0, 1);
    scheduler().run(carrier);
}

[[noreturn]] void bring_signals_in(Carrier& carrier)
{
    scheduler().add(carrier);
    Staging staging;
    auto taken = MUST(staging.reserve(sizeof(wire::HostSignal)));
    for (;;) {
        host_gate(wire::FarlCall::WaitSignal, taken.value());
        auto info =
            believed_signal(host_read<wire::HostSignal>(taken), process().pid(), process().refused_from_outside.load());
        if (info)
            (void)process().send_signal(*info);
        scheduler().summon_help();
    }
}

// HOST: a second start, a carrier that nobody asked for or before the runtime stands: none of them changes anything.
bool is_wanted(uint64_t index, wire::Entry entry)
{
    if (index == 0)
        return entry == wire::Entry::Start;
    if (entry == wire::Entry::Signals)
        return wants_signal_carrier.exchange(false);
    return entry == wire::Entry::Carrier && scheduler().accept_carrier();
}

} // namespace

StackPool& runtime_stacks() { return stacks; }

} // namespace farl

using namespace farl;

// From farl_enclave_entry, once for each TCS. No stack protector: GS is not ready at the beginning.
extern "C" [[noreturn]] __attribute__((no_stack_protector)) void farl_carrier_start(uint64_t index, uint64_t tcs,
    uint64_t host_rsp, uint64_t host_rbp, uint64_t exit_target, uint64_t why, uint64_t value)
{
    if (index == 0)
        canary = random_seed();
    auto& carrier = set_up_carrier(index, tcs);
    carrier.host_rsp = host_rsp;
    carrier.host_rbp = host_rbp;
    carrier.exit_target = exit_target;
    carrier.slot = slots + index * sizeof(wire::HostCallSlot);
    auto entry = static_cast<wire::Entry>(why);
    if (!is_wanted(index, entry)) {
        farl_carrier_state[index] = 0;
        farl_refuse();
    }
    if (entry == wire::Entry::Start)
        start_runtime(carrier, tcs, value);
    give_loop_fiber(carrier, tcs);
    farl_carrier_state[index] = 2;
    if (entry == wire::Entry::Signals)
        bring_signals_in(carrier);
    scheduler().run(carrier);
}
