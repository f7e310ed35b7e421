#include "host/launch/launcher.h"

#include "abi/sgx/image.h"
#include "host/launch/clock_sample.h"
#include "host/launch/files.h"
#include "host/launch/name_resolver.h"
#include "host/launch/signals.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace farl::host {

namespace {

constexpr uint64_t kArenaSize = 64ull << 30; // address space; pages come as they are touched
constexpr int kStartFailure = 125;           // as container engines say "could not start"

[[noreturn]] void fatal(char const* what)
{
    std::fprintf(stderr, "farl: %s\n", what);
    std::_Exit(kStartFailure);
}

void* map_anonymous(uint64_t size)
{
    return mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

constinit wire::ClockSample clock_samples[2];

uint64_t processor_count()
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof(set), &set) == 0 ? static_cast<uint64_t>(CPU_COUNT(&set)) : 1;
}

// Carriers want processors as well.
WorkerPoolOptions worker_options()
{
    return { .cancel_signal = kick_signal(), .most_watching = std::max<uint64_t>(processor_count() / 2, 1) };
}

} // namespace

int Launcher::run(LaunchOptions const& options)
{
    clock_samples[0] = sample_clocks();
    rlimit no_core { 0, 0 };
    setrlimit(RLIMIT_CORE, &no_core); // a core file would hold what the application computes
    umask(0);                         // the runtime applies the application's own
    if (load_enclave(options).is_error() || prepare_memory(options).is_error())
        return kStartFailure;
    if (auto installed = install_signals(platform_); installed.is_error()) {
        std::fprintf(
            stderr, "farl: cannot install signal handlers: %s\n", strerror(static_cast<int>(installed.error())));
        return kStartFailure;
    }
    clock_samples[1] = sample_clocks();
    start_.clock_samples = reinterpret_cast<uint64_t>(clock_samples);
    serve(0, wire::Entry::Start, reinterpret_cast<uint64_t>(&start_));
}

Result<> Launcher::load_enclave(LaunchOptions const& options)
{
    auto file = MappedFile::open(options.enclave_path);
    auto signature = MappedFile::open(options.sigstruct_path);
    if (file.is_error() || signature.is_error() || signature.value().bytes().size() != sizeof(sgx::SigStruct)) {
        std::fprintf(stderr, "farl: cannot read the enclave %s and its signature %s: is the installation complete?\n",
            options.enclave_path, options.sigstruct_path);
        return Errno::Enoent;
    }
    auto image = sgx::Image::parse(file.value().bytes());
    if (image.is_error()) {
        std::fprintf(stderr, "farl: %s is not a farl-enclave image\n", options.enclave_path);
        return image.error();
    }
    sgx::SigStruct sigstruct;
    memcpy(&sigstruct, signature.value().bytes().data(), sizeof(sigstruct));

    auto created = platform_.create({ .range = { sgx::kEnclaveBase, sgx::kEnclaveSize },
        .attributes = { sigstruct.attributes.flags, platform_.supported_xfrm() },
        .ssa_frame_pages = sgx::kSsaFramePages });
    if (created.is_error()) {
        std::fprintf(stderr, "farl: cannot create an enclave: %s\n", strerror(static_cast<int>(created.error())));
        return created.error();
    }
    enclave_ = created.release_value();
    auto added = image.value().for_each_run([&](sgx::PageRun const& run) { return enclave_->add(run); });
    if (added.is_error()) {
        std::fprintf(stderr, "farl: cannot load the enclave: %s\n", strerror(static_cast<int>(added.error())));
        return added.error();
    }
    auto initialised = enclave_->initialise(sigstruct, image.value().enclu_sites());
    if (initialised.is_error()) {
        std::fprintf(stderr, "farl: the enclave was refused: its measurement or signature is wrong (%s)\n",
            strerror(static_cast<int>(initialised.error())));
        return initialised.error();
    }
    return {};
}

Result<> Launcher::prepare_memory(LaunchOptions const& options)
{
    auto config = MappedFile::from_descriptor(options.config_fd);
    auto* slots = map_anonymous(sizeof(wire::HostCallSlot) * sgx::kTcsCount);
    auto* arena = map_anonymous(kArenaSize);
    if (config.is_error() || slots == MAP_FAILED || arena == MAP_FAILED
        || workers_.initialise(worker_options()).is_error()) {
        std::fprintf(stderr, "farl: cannot prepare memory: %s\n", strerror(errno));
        return Errno::Enomem;
    }
    slots_ = static_cast<wire::HostCallSlot*>(slots);
    auto bytes = config.value().keep();
    start_ = { .version = wire::kProtocolVersion,
        .config_address = reinterpret_cast<uint64_t>(bytes.data()),
        .config_size = bytes.size(),
        .arena_address = reinterpret_cast<uint64_t>(arena),
        .arena_size = kArenaSize,
        .slots_address = reinterpret_cast<uint64_t>(slots),
        .process_id = static_cast<uint64_t>(getpid()),
        .processor_count = processor_count(),
        .hardware_capabilities = { getauxval(AT_HWCAP), getauxval(AT_HWCAP2) },
        .async = workers_.addresses() };
    close(options.config_fd);
    return {};
}

void Launcher::serve(uint64_t index, wire::Entry entry, uint64_t value)
{
    carriers_[index].tid.store(static_cast<int>(syscall(SYS_gettid)));
    CarrierLoop loop(*this, index);
    LeafRegisters registers { .rdi = static_cast<uint64_t>(entry), .rsi = value };
    enclave_->serve(sgx::tcs_address(index), EntryLeaf::Enter, registers, loop);
    __builtin_unreachable();
}

std::optional<EntryLeaf> Launcher::CarrierLoop::handle(Outcome const& outcome, LeafRegisters& registers)
{
    switch (outcome.kind) {
    case Outcome::Kind::Exit:
        return handle_exit(static_cast<wire::Exit>(registers.rdi), registers);
    case Outcome::Kind::Exception:
        if (in_handler_)
            fatal("the enclave's exception handler failed");
        in_handler_ = true;
        registers = {};
        return EntryLeaf::Enter;
    case Outcome::Kind::Interrupt:
        registers = {};
        return std::exchange(in_handler_, true) ? EntryLeaf::Resume : EntryLeaf::Enter;
    case Outcome::Kind::Refused:
        break;
    }
    fatal("the platform refused to enter the enclave");
}

EntryLeaf Launcher::CarrierLoop::handle_exit(wire::Exit why, LeafRegisters& registers)
{
    switch (why) {
    case wire::Exit::HostCall:
        launcher_.answer(index_, launcher_.slots_[index_]);
        registers = { .rdi = static_cast<uint64_t>(wire::Entry::Resume) };
        return EntryLeaf::Enter;
    case wire::Exit::ExceptionHandled:
        in_handler_ = false;
        return EntryLeaf::Resume;
    case wire::Exit::Refused:
        break;
    }
    fatal("the enclave refused an entry");
}

void Launcher::answer(uint64_t index, wire::HostCallSlot& slot)
{
    slot.is_outside = 1;
    if (slot.wake_carrier)
        wake_carrier(slot.wake_carrier - 1);
    if (slot.spawn_carrier)
        slot.spawn_carrier = spawn_carrier(wire::Entry::Carrier) != 0;
    if (!slot.spawn_carrier)
        slot.result = slot.number < wire::kFirstFarlCall ? linux_call(slot) : farl_call(index, slot);
    slot.is_outside = 0;
    platform_.take_interrupt(); // the runtime looks for itself after each call
}

int64_t Launcher::quoting_target(sgx::TargetInfo& target)
{
    auto found = platform_.quoting_target();
    if (found.is_error())
        return -static_cast<int64_t>(found.error());
    target = found.value();
    return 0;
}

int64_t Launcher::quote(sgx::Report const& report, std::span<std::byte> room)
{
    auto made = platform_.quote(report);
    if (made.is_error())
        return -static_cast<int64_t>(made.error());
    auto const& quote = made.value();
    if (quote.size() > room.size())
        return -EMSGSIZE;
    std::ranges::copy(quote, room.begin());
    return static_cast<int64_t>(quote.size());
}

int64_t Launcher::linux_call(wire::HostCallSlot const& slot)
{
    auto result = executor_.execute({ .number = slot.number,
        .arguments = slot.arguments,
        .cancelled = slot.is_cancellable ? &slot.cancelled : nullptr,
        .stopped_by = slot.stopped_by });
    if (slot.follow_ups && result >= 0)
        follow_up({ reinterpret_cast<wire::BatchedCall*>(slot.follow_ups), wire::kFollowUps }, result);
    return result;
}

void Launcher::follow_up(std::span<wire::BatchedCall> calls, int64_t result)
{
    for (auto& call : calls) {
        if (call.number == wire::kNoCall)
            continue;
        call.arguments[0] = static_cast<uint64_t>(result);
        call.result = executor_.execute({ .number = call.number, .arguments = call.arguments });
    }
}

int64_t Launcher::call_batch(std::span<wire::BatchedCall> calls)
{
    for (auto& call : calls)
        call.result = executor_.execute({ .number = call.number, .arguments = call.arguments });
    return 0;
}

int64_t Launcher::farl_call(uint64_t index, wire::HostCallSlot& slot)
{
    auto status = [](Result<> result) { return result.is_ok() ? 0 : -static_cast<int64_t>(result.error()); };
    auto const& arguments = slot.arguments;
    Range range { arguments[0], arguments[1] };
    switch (static_cast<wire::FarlCall>(slot.number)) {
    case wire::FarlCall::ProtectPages:
        return status(enclave_->protect(range, arguments[2]));
    case wire::FarlCall::PreparePages:
        return status(enclave_->prepare(range));
    case wire::FarlCall::RestrictPages:
        return status(enclave_->restrict(range, arguments[2]));
    case wire::FarlCall::TrimPages:
        return status(enclave_->trim(range));
    case wire::FarlCall::DiscardPages:
        return status(enclave_->discard(range));
    case wire::FarlCall::ReleasePages:
        return status(enclave_->release(range));
    case wire::FarlCall::SpawnCarrier:
        return spawn_carrier(arguments[1] ? wire::Entry::Signals : wire::Entry::Carrier);
    case wire::FarlCall::SleepCarrier:
        return sleep_carrier(index, slot);
    case wire::FarlCall::WakeCarrier:
        return wake_carrier(arguments[0]);
    case wire::FarlCall::InterruptCarrier:
        return interrupt_carrier(arguments[0]);
    case wire::FarlCall::WaitSignal:
        return wait_signal(*reinterpret_cast<wire::HostSignal*>(arguments[0]));
    case wire::FarlCall::Exit:
        end_process(static_cast<int>(arguments[0]), static_cast<int>(arguments[1]));
    case wire::FarlCall::Stop:
        return stop_process(static_cast<int>(arguments[0]));
    case wire::FarlCall::SampleClocks:
        *reinterpret_cast<wire::ClockSample*>(arguments[0]) = sample_clocks();
        return 0;
    case wire::FarlCall::SetTick:
        return set_tick(arguments[0]);
    case wire::FarlCall::WakeWorker:
        return workers_.wake_worker();
    case wire::FarlCall::ServeRequest:
        return workers_.serve_request();
    case wire::FarlCall::CancelCall:
        return workers_.cancel(arguments[0]);
    case wire::FarlCall::ActForCaller:
        return workers_.act_for_caller();
    case wire::FarlCall::QuotingTarget:
        return quoting_target(*reinterpret_cast<sgx::TargetInfo*>(arguments[0]));
    case wire::FarlCall::Quote:
        return quote(*reinterpret_cast<sgx::Report*>(arguments[0]),
            { reinterpret_cast<std::byte*>(arguments[1]), arguments[2] });
    case wire::FarlCall::CallBatch:
        return call_batch({ reinterpret_cast<wire::BatchedCall*>(arguments[0]), arguments[1] });
    case wire::FarlCall::Resolve:
        return start_resolving(
            { reinterpret_cast<char const*>(arguments[0]), arguments[1] }, static_cast<int>(arguments[2]));
    }
    return -ENOSYS;
}

} // namespace farl::host
