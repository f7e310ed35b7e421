#include "enclave/process/program.h"

#include "enclave/crypto/random.h"
#include "enclave/fs/ephemeral/outside_blocks.h"
#include "enclave/hostcall/log.h"
#include "enclave/hostcall/pages.h"
#include "enclave/loader/initial_stack.h"
#include "enclave/process/elf_mapping.h"
#include "enclave/process/file_credentials.h"
#include "enclave/process/mapping.h"
#include "enclave/process/mounts.h"
#include "enclave/process/shared_views.h"
#include "enclave/process/signal_frame.h"
#include "enclave/process/startup.h"
#include "enclave/process/surroundings.h"
#include "enclave/process/vdso_mapping.h"
#include "enclave/vfs/vfs.h"

#include <fcntl.h>

namespace farl {

namespace {

constexpr uint64_t kMmapTop = sgx::kApplicationEnd - (16ull << 20);
constexpr uint64_t kProgramBase = 0x55'5555'4000; // where Linux puts a PIE, scaled to our range
constexpr int kCannotExecute = 126, kNotFound = 127;

constinit uint64_t hardware_capabilities[2] {};

Result<LoadedElf> open_and_map(Process& process, std::string_view path, uint64_t wanted, ElfDefect& defect)
{
    auto location = TRY(vfs().resolve_absolute(path));
    auto file = TRY(location.file_system->open(location.file_path(), { .flags = O_RDONLY }));
    ElfImage image;
    defect = inspect_elf(*file, image);
    if (defect != ElfDefect::None)
        return Errno::Enoexec;
    return map_elf(process, *file, std::move(image), wanted);
}

ProgramFailure failure_of(std::string_view path, Errno error, ElfDefect defect, std::string_view absent)
{
    if (defect != ElfDefect::None)
        return { path, describe(defect), kCannotExecute, Errno::Enoexec };
    switch (error) {
    case Errno::Enoent:
        return { path, absent, kNotFound, error };
    case Errno::Enomem:
        return { path, "does not fit into the enclave's memory: try a larger --heap", kCannotExecute, error };
    case Errno::Eexist:
        return { path, "wants addresses that the enclave cannot give it", kCannotExecute, Errno::Enomem };
    default:
        return { path, "cannot be loaded", kCannotExecute, error };
    }
}

Result<uint64_t> map_stack(Process& process)
{
    return map_memory(process,
        { .size = kMainStackSize,
            .protection = kProtRead | kProtWrite,
            .flags = kMapPrivate | kMapAnonymous | kMapStack | kMapNoReserve,
            .label = "[stack]" },
        nullptr);
}

Result<> remember(ProgramInfo& info, std::string_view path, InitialStack const& stack, uint64_t top)
{
    auto const start = top - stack.bytes.size();
    auto part = [&](uint64_t from, uint64_t to) { return stack.bytes.span().subspan(from - start, to - from); };
    info.arguments.clear();
    info.environment.clear();
    info.auxiliary_vector.clear();
    info.path = TRY(String::from(path));
    for (auto byte : part(stack.arguments_start, stack.arguments_end))
        TRY(info.arguments.push(static_cast<char>(byte)));
    for (auto byte : part(stack.environment_start, stack.environment_end))
        TRY(info.environment.push(static_cast<char>(byte)));
    for (auto byte : part(stack.auxiliary_start, stack.auxiliary_end))
        TRY(info.auxiliary_vector.push(byte));
    info.stack_start = stack.stack_pointer;
    return {};
}

Result<> build_stack(
    Thread& thread, ProgramRequest const& request, LoadedElf const& program, uint64_t interpreter_base, uint64_t vdso)
{
    auto& process = thread.process();
    auto bottom = TRY(map_stack(process));
    auto top = bottom + kMainStackSize;
    InitialStackRequest wanted { .arguments = request.arguments,
        .environment = request.environment,
        .executable = request.path,
        .auxiliary = { .vdso = vdso,
            .minimum_signal_stack = smallest_signal_frame(),
            .hwcap = hardware_capabilities[0],
            .hwcap2 = hardware_capabilities[1],
            .program_headers = program.program_headers,
            .program_header_count = program.image.program_header_count,
            .interpreter_base = interpreter_base,
            .entry = program.entry,
            .uid = process.identity.uid,
            .euid = process.identity.effective_uid,
            .gid = process.identity.gid,
            .egid = process.identity.effective_gid },
        .top = top,
        .stack_limit = kMainStackSize };
    fill_random(wanted.auxiliary.random.data(), wanted.auxiliary.random.size());
    auto stack = TRY(build_initial_stack(wanted));
    TRY(copy_to_user(top - stack.bytes.size(), stack.bytes.data(), stack.bytes.size()));
    thread.frame() = {};
    thread.frame().rsp = stack.stack_pointer;
    return remember(process.program, request.path, stack, top);
}

void name_thread(Thread& thread, std::string_view path)
{
    auto name = path.substr(path.rfind('/') + 1);
    auto size = name.size() < 15 ? name.size() : 15;
    __builtin_memcpy(thread.name, name.data(), size);
}

constinit wire::LaunchConfig const* the_config = nullptr;

// On the main thread, before it is the application's.
void load_first_program(Thread& thread)
{
    auto& process = thread.process();
    if (adopt_surroundings(process).is_error())
        fail_to_start(process, { "the host", "does not answer", kCannotExecute, Errno::Eio });
    Startup startup;
    if (the_config->cas())
        take_attested_startup(startup, thread, *the_config);
    else if (take_offered_startup(startup, *the_config).is_error())
        fail_to_start(process, { the_config->program(), "no memory for its arguments", kCannotExecute, Errno::Enomem });
    auto arguments = views_of(startup.arguments);
    if (arguments.is_error())
        fail_to_start(process, { startup.path, "no memory for its arguments", kCannotExecute, Errno::Enomem });
    auto failure = load_program(thread, { startup.path, arguments.value().span(), startup.environment.span() });
    if (failure)
        fail_to_start(process, *failure);
}

} // namespace

std::optional<ProgramFailure> load_program(Thread& thread, ProgramRequest const& request)
{
    auto& process = thread.process();
    auto defect = ElfDefect::None;
    auto program = open_and_map(process, request.path, kProgramBase, defect);
    if (program.is_error())
        return failure_of(request.path, program.error(), defect, "not found");
    auto const& loaded = program.value();
    process.memory->start_brk(page_up(loaded.end));

    auto entry = loaded.entry;
    uint64_t interpreter_base = 0;
    if (!loaded.image.interpreter.is_empty()) {
        auto interpreter = open_and_map(process, loaded.image.interpreter, 0, defect);
        if (interpreter.is_error())
            return failure_of(request.path, interpreter.error(), defect, "its interpreter is not found");
        entry = interpreter.value().entry;
        interpreter_base = interpreter.value().bias;
    }
    auto vdso = map_vdso(process);
    auto built = build_stack(thread, request, loaded, interpreter_base, vdso.value_or(0));
    if (built.is_error())
        return ProgramFailure { request.path,
            built.error() == Errno::E2big ? "argument list too long" : "cannot set up its stack", kCannotExecute,
            built.error() };
    process.program.entry = loaded.entry;
    process.program.code_start = loaded.image.start + loaded.bias;
    process.program.code_end = loaded.end;
    name_thread(thread, request.path);
    thread.frame().rip = entry;
    thread.frame().rflags = 0x202;
    thread.frame().orig_rax = ~0ull;
    return std::nullopt;
}

Result<> start_program(wire::LaunchConfig const& config, wire::StartInfo const& start)
{
    auto const& settings = config.settings();
    auto& process = create_process(static_cast<int>(start.process_id));
    process.memory = TRY(make_owned<AddressSpace>(
        enclave_pages(), AddressRange { sgx::kApplicationBase, sgx::kApplicationEnd }, kMmapTop));
    bring_in_absent_pages();
    AddressSpaceLimits limits;
    limits.committed_bytes = settings.heap_size;
    process.memory->set_limits(limits);
    process.umask.store(settings.umask);
    process.identity = {
        .uid = settings.uid,
        .effective_uid = settings.effective_uid,
        .gid = settings.gid,
        .effective_gid = settings.effective_gid,
    };
    process.identity.start_program();
    provide_file_credentials();
    for (auto group : config.groups())
        TRY(process.supplementary_groups.push(group));
    process.start_time_ns = scheduler().now_ns();
    process.processor_count = settings.cpu_count ? settings.cpu_count : 1;
    if (!config.cas()) // which has another
        process.set_working_directory({ nullptr, TRY(String::from(config.working_directory())) });
    for (int signal = 1; signal <= kSignalCount; ++signal)
        if (settings.ignored_signals & signal_bit(signal))
            process.actions[signal].handler = kSigIgnore;
    process.at_exit([] { write_back_everything(farl::process()); });

    hardware_capabilities[0] = start.hardware_capabilities[0];
    hardware_capabilities[1] = start.hardware_capabilities[1];
    auto* kept = new (std::nothrow) wire::LaunchConfig(config);
    if (!kept)
        return Errno::Enomem;
    the_config = kept;
    TRY(inherit_descriptors(process, config));
    constexpr uint64_t kUsualEphemeralSize = 1ull << 30;
    TRY(limit_ephemeral_storage(settings.ephemeral_size ? settings.ephemeral_size : kUsualEphemeralSize));
    TRY(mount_file_systems(config.root_directory()));
    auto thread = TRY(Thread::create(process, process.pid()));
    thread->blocked = settings.blocked_signals & ~kUnblockable;
    thread->prepare = load_first_program;
    thread->start();
    return {};
}

} // namespace farl
