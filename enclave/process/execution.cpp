// execve(2): another program in the place of this one, in the same enclave.
#include "enclave/hostcall/log.h"
#include "enclave/process/elf_mapping.h"
#include "enclave/process/futex.h"
#include "enclave/process/interval_timer.h"
#include "enclave/process/mapping.h"
#include "enclave/process/program.h"
#include "enclave/vfs/vfs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace farl {

namespace {

constexpr uint64_t kPollNs = 1'000'000;

// What can be known to fail is found out while the old program still stands.
Result<> check_program(std::string_view path)
{
    auto location = TRY(vfs().resolve_absolute(path));
    auto file_path = location.file_path();
    TRY(location.file_system->check_access(file_path, X_OK, true, Follow::Yes));
    auto file = TRY(location.file_system->open(file_path, { .flags = O_RDONLY }));
    if (!S_ISREG(TRY(file->status()).st_mode))
        return Errno::Eacces;
    ElfImage image;
    if (inspect_elf(*file, image) != ElfDefect::None)
        return Errno::Enoexec;
    if (!image.interpreter.is_empty()) {
        auto interpreter = TRY(vfs().resolve_absolute(image.interpreter));
        ElfImage interpreter_image;
        auto opened = TRY(interpreter.file_system->open(interpreter.file_path(), { .flags = O_RDONLY }));
        if (inspect_elf(*opened, interpreter_image) != ElfDefect::None)
            return Errno::Elibbad;
    }
    return {};
}

// The other threads leave at their next look at signals; this one waits for them. EAGAIN if another one was faster, and
// ends this one.
Result<> end_other_threads(Thread& self)
{
    auto& process = self.process();
    if (process.is_being_replaced.exchange(true)) {
        while (!self.must_exit.load())
            scheduler().park(scheduler().now_ns() + kPollNs);
        return Errno::Eagain;
    }
    for (;;) {
        Ref<Thread> other;
        {
            LockGuard guard(process.thread_lock);
            for (auto* thread = process.threads.first(); thread; thread = process.threads.next(*thread))
                if (thread != &self)
                    other = *thread;
        }
        if (!other)
            return {};
        other->must_exit.store(true);
        other->fiber().interrupt_requested.store(true);
        scheduler().interrupt(other->fiber());
        scheduler().park(scheduler().now_ns() + kPollNs);
    }
}

// Handlers are gone, what was ignored stays so.
void reset_signals(Thread& thread)
{
    auto& process = thread.process();
    LockGuard guard(process.signal_lock);
    for (auto& action : process.actions)
        action = { .handler = action.handler == kSigIgnore ? kSigIgnore : kSigDefault };
    process.update_terminal_stops(thread);
    thread.alternate_stack = {};
}

void start_identity(Process& process)
{
    LockGuard guard(process.identity_lock);
    auto& identity = process.identity;
    auto before = identity;
    identity.start_program();
    if (identity != before)
        publish_identity(identity);
    bool is_own = identity.uid == identity.effective_uid && identity.gid == identity.effective_gid;
    process.is_dumpable.store(is_own);
    process.keep_capabilities.store(0);
}

void close_on_exec(DescriptorTable& descriptors)
{
    auto numbers = descriptors.numbers();
    if (numbers.is_error())
        return;
    for (auto number : numbers.value()) {
        auto closes = descriptors.close_on_exec(number);
        if (closes.is_ok() && closes.value())
            (void)descriptors.remove(number);
    }
}

void clear_memory(Process& process)
{
    auto bounds = process.memory->bounds();
    (void)unmap_memory(process, bounds.start, bounds.size());
}

} // namespace

Result<> execute_program(Thread& thread, ProgramRequest const& request)
{
    TRY(check_program(request.path));
    auto& process = thread.process();
    TRY(end_other_threads(thread));
    process_timers().remove_all();
    abandon_robust_futexes(thread);
    thread.robust_list = 0;
    thread.clear_child_tid = 0;
    reset_signals(thread);
    start_identity(process);
    close_on_exec(process.descriptors);
    clear_memory(process);
    thread.become_main(process.pid());
    write_fs_base(0);
    thread.fiber().vectors = {};
    farl_vectors_restore(&thread.fiber().vectors);
    if (auto failure = load_program(thread, request)) {
        Log(LogLevel::Error) << failure->subject << ": " << failure->what;
        process.die_by_signal(kSigKill);
    }
    process.is_being_replaced.store(false);
    return {};
}

} // namespace farl
