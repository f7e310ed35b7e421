#include "host/launch/launcher.h"

#include "abi/sgx/image.h"
#include "host/launch/files.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <linux/futex.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>
#include <x86intrin.h>

extern "C" char farl_host_syscall_begin[], farl_host_syscall_end[], farl_host_syscall_interrupted[];

namespace farl::host {

namespace {

constexpr uint64_t kArenaSize = 64ull << 30; // address space; pages come as they are touched
constexpr size_t kCarrierStackSize = 256 * 1024;
constexpr int kStartFailure = 125; // as container engines say "could not start"
constexpr long kTickNs = 10'000'000;

int kick_signal() { return SIGRTMIN; }

[[noreturn]] void fatal(char const* what)
{
    std::fprintf(stderr, "farl: %s\n", what);
    std::_Exit(kStartFailure);
}

// Whatever interrupts a host call: go to its cancelled exit if the call has not begun.
void note_kick(int, siginfo_t const&, ucontext_t& context)
{
    auto& rip = context.uc_mcontext.gregs[REG_RIP];
    if (rip >= reinterpret_cast<greg_t>(farl_host_syscall_begin)
        && rip < reinterpret_cast<greg_t>(farl_host_syscall_end))
        rip = reinterpret_cast<greg_t>(farl_host_syscall_interrupted);
}

sigset_t forwarded_signals()
{
    sigset_t set;
    sigfillset(&set);
    for (int signal : { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, kick_signal() })
        sigdelset(&set, signal);
    return set;
}

void* map_anonymous(uint64_t size)
{
    return mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

uint64_t clock_ns(clockid_t clock)
{
    timespec now {};
    clock_gettime(clock, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

wire::ClockSample sample_clocks_once()
{
    wire::ClockSample sample {};
    sample.tsc_before = __rdtsc();
    sample.monotonic_ns = clock_ns(CLOCK_MONOTONIC);
    sample.realtime_ns = clock_ns(CLOCK_REALTIME);
    sample.boottime_ns = clock_ns(CLOCK_BOOTTIME);
    sample.tai_ns = clock_ns(CLOCK_TAI);
    sample.tsc_after = __rdtsc();
    return sample;
}

// The narrowest of a few, because another process may run in between.
wire::ClockSample sample_clocks()
{
    auto width = [](wire::ClockSample const& sample) { return sample.tsc_after - sample.tsc_before; };
    auto best = sample_clocks_once();
    for (int more = 0; more < 3; ++more) {
        auto sample = sample_clocks_once();
        if (width(sample) < width(best))
            best = sample;
    }
    return best;
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

// To this thread, because another one waits for signals to the process and would take it.
void raise_unblocked(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
}

long futex(uint64_t* word, int operation, uint32_t value, timespec const* timeout)
{
    return syscall(SYS_futex, word, operation, value, timeout, nullptr, 0);
}

LinuxCall linux_call(wire::HostCallSlot const& slot)
{
    return { .number = slot.number,
        .arguments = slot.arguments,
        .cancelled = slot.is_cancellable ? &slot.cancelled : nullptr,
        .stopped_by = slot.stopped_by };
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
    if (auto installed = install_signals(); installed.is_error()) {
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

Result<> Launcher::install_signals()
{
    auto forwarded = forwarded_signals();
    pthread_sigmask(SIG_SETMASK, &forwarded, nullptr);
    return platform_.on_signal(kick_signal(), note_kick);
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
        slot.result = slot.number < wire::kFirstFarlCall ? executor_.execute(linux_call(slot)) : farl_call(index, slot);
    slot.is_outside = 0;
    platform_.take_interrupt(); // the runtime looks for itself after each call
}

int64_t Launcher::farl_call(uint64_t index, wire::HostCallSlot& slot)
{
    auto status = [](Result<> result) { return result.is_ok() ? 0 : -static_cast<int64_t>(result.error()); };
    auto const& arguments = slot.arguments;
    Range range { arguments[0], arguments[1] };
    switch (static_cast<wire::FarlCall>(slot.number)) {
    case wire::FarlCall::ProtectPages:
        return status(enclave_->protect(range, arguments[2]));
    case wire::FarlCall::ReleasePages:
        return status(enclave_->release(range));
    case wire::FarlCall::DiscardPages:
        return status(enclave_->discard(range));
    case wire::FarlCall::PlacePages:
        return status(enclave_->place(range, arguments[2], arguments[3]));
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
    }
    return -ENOSYS;
}

void* Launcher::carrier_main(void* argument)
{
    auto& carrier = *static_cast<CarrierThread*>(argument);
    carrier.launcher->serve(carrier.index, carrier.entry, 0);
}

int64_t Launcher::spawn_carrier(wire::Entry entry)
{
    auto index = next_carrier_.fetch_add(1);
    if (index >= sgx::kTcsCount) {
        next_carrier_.fetch_sub(1);
        return -EAGAIN;
    }
    auto& carrier = carriers_[index];
    carrier.launcher = this;
    carrier.index = index;
    carrier.entry = entry;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kCarrierStackSize);
    auto error = pthread_create(&carrier.thread, &attributes, carrier_main, &carrier);
    pthread_attr_destroy(&attributes);
    return -error;
}

int64_t Launcher::sleep_carrier(uint64_t index, wire::HostCallSlot& slot)
{
    auto timeout_ns = slot.arguments[1];
    timespec timeout { static_cast<time_t>(timeout_ns / 1'000'000'000), static_cast<long>(timeout_ns % 1'000'000'000) };
    // Whoever answers a call looks for sleepers after that; so the other way round here.
    carriers_[index].is_asleep.store(true);
    sleeping_carriers_.fetch_add(1);
    if (workers_.response_count() == slot.arguments[2])
        futex(&slot.futex_word, FUTEX_WAIT_PRIVATE, static_cast<uint32_t>(slot.arguments[0]),
            timeout_ns == ~0ull ? nullptr : &timeout);
    sleeping_carriers_.fetch_sub(1);
    carriers_[index].is_asleep.store(false);
    return 0;
}

void Launcher::on_response()
{
    if (sleeping_carriers_.load() == 0)
        return;
    auto count = next_carrier_.load();
    for (uint64_t i = 0; i < count; ++i) {
        if (carriers_[i].is_asleep.exchange(false)) {
            wake_carrier(i);
            return;
        }
    }
}

int64_t Launcher::wake_carrier(uint64_t index)
{
    if (index >= sgx::kTcsCount)
        return -EINVAL;
    auto& word = slots_[index].futex_word;
    __atomic_fetch_add(reinterpret_cast<uint32_t*>(&word), 1, __ATOMIC_SEQ_CST);
    futex(&word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr);
    return 0;
}

int64_t Launcher::interrupt_carrier(uint64_t index)
{
    auto tid = index < sgx::kTcsCount ? carriers_[index].tid.load() : 0;
    if (tid)
        syscall(SYS_tgkill, getpid(), tid, kick_signal());
    return 0;
}

int64_t Launcher::wait_signal(wire::HostSignal& taken)
{
    auto set = forwarded_signals();
    siginfo_t info;
    while (sigwaitinfo(&set, &info) < 0)
        ;
    taken = { .number = static_cast<uint64_t>(info.si_signo),
        .code = info.si_code,
        .pid = static_cast<uint64_t>(info.si_pid),
        .uid = info.si_uid,
        .value = reinterpret_cast<uint64_t>(info.si_value.sival_ptr) };
    return 0;
}

void* Launcher::tick_main(void* argument)
{
    auto& launcher = *static_cast<Launcher*>(argument);
    for (;;) {
        while (!launcher.tick_enabled_.load())
            syscall(SYS_futex, &launcher.tick_enabled_, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
        timespec const period { 0, kTickNs };
        nanosleep(&period, nullptr);
        auto count = launcher.next_carrier_.load();
        for (uint64_t i = 0; i < count && launcher.tick_enabled_.load(); ++i)
            if (!launcher.slots_[i].is_outside)
                launcher.interrupt_carrier(i);
    }
}

int64_t Launcher::set_tick(bool enabled)
{
    tick_enabled_.store(enabled);
    if (!enabled)
        return 0;
    if (!tick_running_.exchange(true)) {
        pthread_t thread;
        if (auto error = pthread_create(&thread, nullptr, tick_main, this))
            return -error;
    }
    syscall(SYS_futex, &tick_enabled_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    return 0;
}

// By the signal itself, so that the shell sees which one it was.
int64_t Launcher::stop_process(int signal)
{
    raise_unblocked(signal);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return 0;
}

void Launcher::end_process(int status, int signal)
{
    if (signal) {
        std::signal(signal, SIG_DFL);
        raise_unblocked(signal);
    }
    _exit(status);
}

} // namespace farl::host
