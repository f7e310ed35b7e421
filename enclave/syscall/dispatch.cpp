#include "enclave/syscall/dispatch.h"

#include "enclave/hostcall/delaying.h"
#include "enclave/hostcall/log.h"
#include "enclave/net/socket.h"
#include "enclave/process/async_signals.h"
#include "enclave/process/process.h"
#include "enclave/syscall/handlers.h"

namespace farl {

namespace {

constinit SyscallStatistics statistics;
constinit int trace_descriptor = -1;
constexpr uint64_t kBeyondAll = kMostSyscalls; // one place for all larger numbers
constinit std::atomic<uint64_t> reported_unknown[kMostSyscalls / 64 + 1] {};

template <Errno Reason>
Result<> refuse(Thread& caller)
{
    auto number = static_cast<uint32_t>(caller.frame().orig_rax);
    auto bit = 1ull << (number % 64);
    if (!(reported_unknown[number / 64].fetch_or(bit) & bit))
        Log(LogLevel::Info) << "system call " << syscall_entry(number).name << " is not supported";
    return Reason;
}

constexpr std::array<SyscallEntry, kMostSyscalls> make_table()
{
    std::array<SyscallEntry, kMostSyscalls> table {};
#define SYSCALL(number, name, support, restart, note)                                                    \
    table[number] = { detail::Adapter<&sys_##name>::handle, detail::Adapter<&sys_##name>::format, #name, \
        Support::support, Restart::restart };
#define REFUSED(number, name, error, note)                                                                            \
    table[number] = { detail::Adapter<&refuse<Errno::error>>::handle, detail::Adapter<&refuse<Errno::error>>::format, \
        #name, Support::Refused, Restart::Never };
#include "enclave/syscall/table.def"
#undef SYSCALL
#undef REFUSED
    return table;
}

constinit const std::array<SyscallEntry, kMostSyscalls> table = make_table();
constexpr SyscallEntry kUnknown {};

int64_t unknown(uint64_t number)
{
    auto counted = number < kMostSyscalls ? number : kBeyondAll;
    auto bit = 1ull << (counted % 64);
    if (!(reported_unknown[counted / 64].fetch_or(bit) & bit))
        Log(LogLevel::Info) << "unknown system call " << number;
    return -static_cast<int64_t>(Errno::Enosys);
}

// open(2): it does not wait, and changes nothing.
bool only_looks(uint64_t flags) { return (flags & O_NONBLOCK) && opens_only_to_read(flags); }

// Whether calls that the thread has delayed may wait on: by this one, nobody can learn that they were not made.
bool lets_calls_wait(Thread& thread, uint64_t number)
{
    switch (number) {
    case __NR_read:
    case __NR_readv:
    case __NR_recvfrom:
    case __NR_recvmsg:
    case __NR_write:
    case __NR_writev:
    case __NR_sendto:
    case __NR_sendmsg: {
        auto file = thread.file(static_cast<int>(thread.frame().rdi));
        auto* socket = file.is_ok() ? file.value()->as_socket() : nullptr;
        return socket && socket->delays_calls();
    }
    case __NR_close: {
        auto file = thread.file(static_cast<int>(thread.frame().rdi));
        return file.is_ok() && file.value()->has_positions();
    }
    case __NR_open:
        return only_looks(thread.frame().rsi);
    case __NR_openat:
        return only_looks(thread.frame().rdx);
    case __NR_fstat:
    case __NR_newfstatat:
    case __NR_statx:
    case __NR_pread64:
    case __NR_epoll_wait: // makes them itself
    case __NR_epoll_pwait:
    case __NR_epoll_pwait2:
    case __NR_clock_gettime:
    case __NR_gettimeofday:
    case __NR_time:
        return true;
    default:
        return false;
    }
}

int64_t dispatch(Thread& thread, uint64_t number)
{
    auto const& entry = syscall_entry(number);
    if (!entry.handler)
        return unknown(number);
    if (statistics.is_enabled)
        statistics.calls[number].fetch_add(1, std::memory_order_relaxed);
    return entry.handler(thread);
}

bool never_returns(uint64_t number) { return number == 60 || number == 231; } // exit, exit_group

int64_t dispatch_traced(Thread& thread, uint64_t number)
{
    char buffer[768];
    Formatter line({ buffer, sizeof(buffer) - 1 });
    auto const& entry = syscall_entry(number);
    line << '[' << thread.tid() << "] ";
    if (entry.name) {
        line << entry.name << '(';
        entry.format(line, thread.frame());
    } else {
        line << "syscall_" << number << '(';
    }
    line << ')';
    auto finish = [&] {
        auto size = line.view().size();
        buffer[size] = '\n';
        write_line(trace_descriptor, { buffer, size + 1 });
    };
    if (never_returns(number))
        finish();
    auto result = dispatch(thread, number);
    line << " = ";
    if (result < 0 && result >= -kLargestErrno)
        line << -1 << " errno " << -result;
    else if (result >= 0 && result < 1 << 20)
        line << result;
    else
        (line << "0x").hex(static_cast<uint64_t>(result));
    finish();
    return result;
}

} // namespace

SyscallStatistics& syscall_statistics() { return statistics; }

SyscallEntry const& syscall_entry(uint64_t number) { return number < kMostSyscalls ? table[number] : kUnknown; }

void enable_trace(int host_descriptor) { trace_descriptor = host_descriptor; }

} // namespace farl

using namespace farl;

// From farl_syscall_entry: the frame is the current fiber's.
extern "C" void farl_syscall(UserFrame* frame)
{
    auto& thread = Thread::current();
    thread.first_deadline_ns = 0;
    for (;;) {
        // As Linux: the upper half of RAX does not count, and bit 30 (x32) names no call of ours.
        auto number = static_cast<uint32_t>(frame->orig_rax);
        thread.fiber().restart.reset();
        if (thread.fiber().delayed.can_be_missed() && !lets_calls_wait(thread, number))
            make_delayed_calls();
        auto result = trace_descriptor < 0 ? dispatch(thread, number) : dispatch_traced(thread, number);
        frame->rax = static_cast<uint64_t>(result);
        if (AsyncSignal::is_any_due())
            send_async_signals(thread.process());
        if (Carrier::current().wants_help)
            scheduler().summon_help();
        bool is_interrupted = result == -static_cast<int64_t>(Errno::Eintr); // perhaps for a signal that is gone
        if (!is_interrupted && !thread.fiber().interrupt_requested.load(std::memory_order_relaxed)
            && !thread.has_saved_mask)
            return;
        auto restart = thread.fiber().restart.value_or(syscall_entry(number).restart);
        if (deliver_signals(thread, restart) == AfterSignals::Return)
            return;
        frame->rax = frame->orig_rax;
    }
}
