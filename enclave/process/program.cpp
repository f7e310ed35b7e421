#include "enclave/process/program.h"

#include "enclave/crypto/random.h"
#include "enclave/fs/host/host_file.h"
#include "enclave/hostcall/log.h"
#include "enclave/hostcall/pages.h"
#include "enclave/loader/elf.h"
#include "enclave/loader/initial_stack.h"
#include "enclave/process/mapping.h"
#include "enclave/process/mounts.h"
#include "enclave/process/signal_frame.h"
#include "enclave/process/vdso_mapping.h"
#include "enclave/vfs/vfs.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/utsname.h>

namespace farl {

namespace {

constexpr uint64_t kMmapTop = sgx::kApplicationEnd - (16ull << 20);
constexpr uint64_t kStackSize = 8ull << 20;
constexpr uint64_t kProgramBase = 0x55'5555'4000; // where Linux puts a PIE, scaled to our range
constexpr int kCannotExecute = 126, kNotFound = 127;

struct Loaded {
    uint64_t bias { 0 };
    uint64_t entry { 0 };
    uint64_t program_headers { 0 };
    uint64_t end { 0 };
    ElfImage image;
};

[[noreturn]] void fail(Process& process, std::string_view path, std::string_view what, int status)
{
    Log(LogLevel::Error) << path << ": " << what;
    process.exit(status);
}

class FileSource final : public ElfSource {
public:
    explicit FileSource(File& file, uint64_t size) : file_(file), size_(size) { }
    uint64_t size() const override { return size_; }
    Result<> read_at(uint64_t offset, std::span<std::byte> buffer) override
    {
        auto count = TRY(file_.read_at(offset, Sink::of(buffer.data(), buffer.size())));
        if (count < buffer.size())
            return Errno::Eio;
        return {};
    }

private:
    File& file_;
    uint64_t size_;
};

// Anonymous room for the whole span first, so that the segments of one file stay together.
Result<uint64_t> reserve_span(Process& process, ElfImage const& image, uint64_t wanted)
{
    bool fixed = !image.is_position_independent;
    MapRequest request { .address = fixed ? image.start : wanted,
        .size = image.span() + (image.alignment > kPageSize ? image.alignment : 0),
        .protection = kProtNone,
        .flags = kMapPrivate | kMapAnonymous | (fixed ? kMapFixedNoReplace : 0) };
    if (fixed)
        request.size = image.span();
    auto address = TRY(map_memory(process, request, nullptr));
    if (fixed)
        return 0;
    auto aligned = align_up(address, image.alignment);
    {
        LockGuard guard(process.memory_lock);
        if (aligned > address)
            TRY(process.memory->unmap(address, aligned - address));
        if (auto rest = address + request.size - (aligned + image.span()))
            TRY(process.memory->unmap(aligned + image.span(), rest));
    }
    return aligned - image.start;
}

// Zeroes what lies in the last file page behind the file's part, then maps whole zero pages for the rest.
Result<> map_zero_part(Process& process, ElfSegment const& segment, uint64_t bias)
{
    auto file_end = bias + segment.address + segment.file_size;
    auto memory_end = bias + segment.end();
    auto page_end = page_up(file_end);
    if (segment.protection & kProtWrite) {
        // To the end of the page, as Linux does: ld.so takes memory behind its own .bss for zero.
        if (segment.file_size && farl_zero_bytes(file_end, page_end - file_end) != 0)
            return Errno::Efault;
    }
    auto start = segment.file_size ? page_end : page_down(file_end);
    if (page_up(memory_end) <= start)
        return {};
    TRY(map_memory(process,
        { .address = start,
            .size = page_up(memory_end) - start,
            .protection = segment.protection,
            .flags = kMapPrivate | kMapAnonymous | kMapFixed },
        nullptr));
    return {};
}

Result<> map_segment(Process& process, File& file, ElfSegment const& segment, uint64_t bias)
{
    auto start = page_down(segment.address);
    if (segment.file_size) {
        TRY(map_memory(process,
            { .address = bias + start,
                .size = segment.address + segment.file_size - start,
                .protection = segment.protection,
                .flags = kMapPrivate | kMapFixed,
                .offset = page_down(segment.offset) },
            &file));
    }
    return map_zero_part(process, segment, bias);
}

Result<Loaded> load(Process& process, std::string_view path, uint64_t wanted)
{
    auto location = TRY(vfs().resolve_absolute(path));
    auto file = TRY(location.file_system->open(location.file_path(), { .flags = O_RDONLY }));
    auto status = TRY(file->status());
    FileSource source(*file, static_cast<uint64_t>(status.st_size));
    Loaded loaded;
    auto defect = parse_elf(source, loaded.image);
    if (defect != ElfDefect::None)
        fail(process, path, describe(defect), kCannotExecute);
    auto const& image = loaded.image;
    loaded.bias = TRY(reserve_span(process, image, wanted));
    for (auto const& segment : image.segments)
        TRY(map_segment(process, *file, segment, loaded.bias));
    loaded.entry = image.entry + loaded.bias;
    loaded.program_headers = image.program_headers ? image.program_headers + loaded.bias : 0;
    loaded.end = image.end + loaded.bias;
    return loaded;
}

Loaded load_or_fail(Process& process, std::string_view path, uint64_t wanted, std::string_view purpose)
{
    auto loaded = load(process, path, wanted);
    if (loaded.is_ok())
        return loaded.release_value();
    switch (loaded.error()) {
    case Errno::Enoent:
        fail(process, path, purpose, kNotFound);
    case Errno::Enomem:
        fail(process, path, "does not fit into the enclave's memory: try a larger --heap", kCannotExecute);
    case Errno::Eexist:
        fail(process, path, "wants addresses that the enclave cannot give it", kCannotExecute);
    default:
        fail(process, path, "cannot be loaded", kCannotExecute);
    }
}

Result<Vector<std::string_view>> collect(auto const& records, size_t count)
{
    Vector<std::string_view> views;
    TRY(views.reserve(count));
    for (auto text : records)
        TRY(views.push(text));
    return views;
}

Result<uint64_t> map_stack(Process& process)
{
    return map_memory(process,
        { .size = kStackSize,
            .protection = kProtRead | kProtWrite,
            .flags = kMapPrivate | kMapAnonymous | kMapStack | kMapNoReserve,
            .label = "[stack]" },
        nullptr);
}

Result<> remember(ProgramInfo& info, std::string_view path, InitialStack const& stack, uint64_t top)
{
    auto const start = top - stack.bytes.size();
    auto part = [&](uint64_t from, uint64_t to) { return stack.bytes.span().subspan(from - start, to - from); };
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

struct Startup {
    wire::LaunchConfig config;
    uint64_t hardware_capabilities[2];
};

Result<> build_stack(
    Thread& thread, Startup const& startup, Loaded const& program, uint64_t interpreter_base, uint64_t vdso)
{
    auto& process = thread.process();
    auto const& config = startup.config;
    auto arguments = TRY(collect(config.arguments(), config.argument_count()));
    auto environment = TRY(collect(config.environment(), config.environment_count()));
    auto bottom = TRY(map_stack(process));
    auto top = bottom + kStackSize;
    InitialStackRequest request { .arguments = arguments.span(),
        .environment = environment.span(),
        .executable = config.program(),
        .auxiliary = { .vdso = vdso,
            .minimum_signal_stack = smallest_signal_frame(),
            .hwcap = startup.hardware_capabilities[0],
            .hwcap2 = startup.hardware_capabilities[1],
            .program_headers = program.program_headers,
            .program_header_count = program.image.program_header_count,
            .interpreter_base = interpreter_base,
            .entry = program.entry,
            .uid = process.identity.uid,
            .euid = process.identity.effective_uid,
            .gid = process.identity.gid,
            .egid = process.identity.effective_gid },
        .top = top,
        .stack_limit = kStackSize };
    fill_random(request.auxiliary.random.data(), request.auxiliary.random.size());
    auto stack = TRY(build_initial_stack(request));
    TRY(copy_to_user(top - stack.bytes.size(), stack.bytes.data(), stack.bytes.size()));
    thread.frame().rsp = stack.stack_pointer;
    return remember(process.program, config.program(), stack, top);
}

void name_thread(Thread& thread, std::string_view path)
{
    auto name = path.substr(path.rfind('/') + 1);
    auto size = name.size() < 15 ? name.size() : 15;
    __builtin_memcpy(thread.name, name.data(), size);
}

// HOST: names, limits and the parent's number are claims, good for behaving as outside.
Result<> adopt_limits(Process& process)
{
    for (int resource = 0; resource < kResourceCount; ++resource) {
        Staging staging;
        auto out = TRY(staging.reserve(sizeof(ResourceLimit)));
        TRY(checked_status(host_call(SYS_prlimit64, 0, resource, 0, out.value())));
        auto limit = host_read<ResourceLimit>(out);
        if (limit.soft <= limit.hard)
            process.limits[resource] = limit;
    }
    process.limits[RLIMIT_STACK].soft = kStackSize;
    process.limits[RLIMIT_CORE] = { 0, 0 };
    auto& descriptors = process.limits[RLIMIT_NOFILE];
    constexpr uint64_t kMost = DescriptorTable::kHardLimit;
    descriptors.hard = descriptors.hard < kMost ? descriptors.hard : kMost;
    descriptors.soft = descriptors.soft < descriptors.hard ? descriptors.soft : descriptors.hard;
    process.descriptors.set_limit(static_cast<int>(descriptors.soft));
    return {};
}

Result<> adopt_surroundings(Process& process)
{
    TRY(adopt_limits(process));
    process.parent_pid = static_cast<int>(TRY(checked_count(host_call(SYS_getppid), 1u << 30)));
    Staging staging;
    auto out = TRY(staging.reserve(sizeof(utsname)));
    TRY(checked_status(host_call(SYS_uname, out.value())));
    auto name = host_read<utsname>(out);
    name.nodename[sizeof(name.nodename) - 1] = 0;
    process.host_name = TRY(String::from(name.nodename));
    return {};
}

// On the main thread, before it is the application's.
void load_program(Thread& thread, Startup const& startup)
{
    auto& process = thread.process();
    auto path = startup.config.program();
    if (adopt_surroundings(process).is_error())
        fail(process, path, "the host does not answer", kCannotExecute);
    auto program = load_or_fail(process, path, kProgramBase, "not found");
    process.memory->start_brk(page_up(program.end));
    auto entry = program.entry;
    uint64_t interpreter_base = 0;
    if (!program.image.interpreter.is_empty()) {
        auto interpreter =
            load_or_fail(process, program.image.interpreter, 0, "the program's interpreter is not found");
        entry = interpreter.entry;
        interpreter_base = interpreter.bias;
    }
    auto vdso = map_vdso(process);
    auto built = build_stack(thread, startup, program, interpreter_base, vdso.value_or(0));
    if (built.is_error())
        fail(process, path, built.error() == Errno::E2big ? "argument list too long" : "cannot set up its stack",
            kCannotExecute);
    process.program.entry = program.entry;
    process.program.code_start = program.image.start + program.bias;
    process.program.code_end = program.end;
    name_thread(thread, path);
    thread.frame().rip = entry;
    thread.frame().rflags = 0x202;
    thread.frame().orig_rax = ~0ull;
}

constinit Startup* the_startup = nullptr;

} // namespace

void prepare_main_thread(Thread& thread) { load_program(thread, *the_startup); }

Result<> start_program(wire::LaunchConfig const& config, wire::StartInfo const& start)
{
    auto const& settings = config.settings();
    auto& process = create_process(static_cast<int>(start.process_id));
    process.memory = TRY(
        make_owned<AddressSpace>(host_pages(), AddressRange { sgx::kApplicationBase, sgx::kApplicationEnd }, kMmapTop));
    AddressSpaceLimits limits;
    limits.committed_bytes = settings.heap_size;
    process.memory->set_limits(limits);
    process.umask.store(settings.umask);
    process.identity = { settings.uid, settings.effective_uid, settings.effective_uid, settings.gid,
        settings.effective_gid, settings.effective_gid };
    process.start_time_ns = scheduler().now_ns();
    process.processor_count = settings.cpu_count ? settings.cpu_count : 1;
    process.set_working_directory({ nullptr, TRY(String::from(config.working_directory())) });
    for (int signal = 1; signal <= kSignalCount; ++signal)
        if (settings.ignored_signals & signal_bit(signal))
            process.actions[signal].handler = kSigIgnore;
    process.at_exit([] { write_back_everything(farl::process()); });

    auto* startup =
        new (std::nothrow) Startup { config, { start.hardware_capabilities[0], start.hardware_capabilities[1] } };
    if (!startup)
        return Errno::Enomem;
    the_startup = startup;
    TRY(mount_file_systems(config.root_directory()));
    TRY(open_standard_streams(process));
    auto thread = TRY(Thread::create(process, process.pid()));
    thread->blocked = settings.blocked_signals & ~kUnblockable;
    thread->prepare = prepare_main_thread;
    thread->start();
    return {};
}

} // namespace farl
