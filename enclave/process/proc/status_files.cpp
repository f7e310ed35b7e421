#include "enclave/process/proc/files.h"
#include "enclave/process/process.h"

#include <sys/resource.h>

namespace farl::proc {

namespace {

constexpr uint64_t kTickNs = 10'000'000;

struct Sizes {
    uint64_t total { 0 };
    uint64_t resident { 0 };
    uint64_t code { 0 };
    uint64_t stack { 0 };
    uint64_t locked { 0 };
    uint64_t shared { 0 };
    uint64_t data { 0 };
};

// Pages are resident as soon as they are accessible.
Sizes sizes()
{
    LockGuard guard(process().memory_lock);
    Sizes result;
    auto const& memory = *process().memory;
    for (auto const* mapping = memory.first(); mapping; mapping = AddressSpace::next(*mapping)) {
        auto size = mapping->range.size();
        result.total += size;
        if (mapping->resident && mapping->protection)
            result.resident += size;
        if (mapping->allows(kProtExec))
            result.code += size;
        if (mapping->is(MappingFlags::Stack))
            result.stack += size;
        if (mapping->is_shared())
            result.shared += size;
        if (mapping->allows(kProtWrite) && !mapping->is_shared())
            result.data += size;
    }
    result.locked = memory.usage().locked_bytes;
    return result;
}

void line(Text& text, std::string_view name, uint64_t value) { text << name << ":\t" << value << '\n'; }

void kilobytes(Text& text, std::string_view name, uint64_t bytes)
{
    (text << name << ":\t").right(bytes / 1024, 8) << " kB\n";
}

void signals(Text& text, std::string_view name, SignalSet set) { (text << name << ":\t").hex(set, 16) << '\n'; }

void write_identity(Text& text, Process& process)
{
    LockGuard guard(process.identity_lock);
    auto const& id = process.identity;
    text << "Uid:\t" << id.uid << '\t' << id.effective_uid << '\t' << id.saved_uid << '\t' << id.effective_uid << '\n';
    text << "Gid:\t" << id.gid << '\t' << id.effective_gid << '\t' << id.saved_gid << '\t' << id.effective_gid << '\n';
    line(text, "FDSize", 256);
    text << "Groups:\t";
    for (auto group : process.supplementary_groups)
        text << group << ' ';
    text << (process.supplementary_groups.is_empty() ? " \n" : "\n"); // as the kernel has it
}

void write_memory(Text& text, Sizes const& sizes)
{
    kilobytes(text, "VmPeak", sizes.total);
    kilobytes(text, "VmSize", sizes.total);
    kilobytes(text, "VmLck", sizes.locked);
    kilobytes(text, "VmPin", 0);
    kilobytes(text, "VmHWM", sizes.resident);
    kilobytes(text, "VmRSS", sizes.resident);
    kilobytes(text, "RssAnon", sizes.resident - (sizes.shared < sizes.resident ? sizes.shared : 0));
    kilobytes(text, "RssFile", 0);
    kilobytes(text, "RssShmem", sizes.shared);
    kilobytes(text, "VmData", sizes.data);
    kilobytes(text, "VmStk", sizes.stack);
    kilobytes(text, "VmExe", sizes.code);
    kilobytes(text, "VmLib", 0);
    kilobytes(text, "VmPTE", 0);
    kilobytes(text, "VmSwap", 0);
}

struct SignalState {
    SignalSet pending, shared_pending, blocked, ignored { 0 }, caught { 0 };
};

SignalState signal_state(Process& process, Thread& thread)
{
    LockGuard guard(process.signal_lock);
    SignalState state { thread.pending.set(), process.pending.set(), thread.blocked };
    for (int signal = 1; signal <= kSignalCount; ++signal) {
        auto handler = process.actions[signal].handler;
        if (handler == kSigIgnore)
            state.ignored |= signal_bit(signal);
        else if (handler != kSigDefault)
            state.caught |= signal_bit(signal);
    }
    return state;
}

void write_signals(Text& text, SignalState const& state)
{
    text << "SigQ:\t0/" << process().limits[RLIMIT_SIGPENDING].soft << '\n';
    signals(text, "SigPnd", state.pending);
    signals(text, "ShdPnd", state.shared_pending);
    signals(text, "SigBlk", state.blocked);
    signals(text, "SigIgn", state.ignored);
    signals(text, "SigCgt", state.caught);
}

void write_privileges(Text& text, Process& process)
{
    auto held = process.identity.capabilities;
    signals(text, "CapInh", held.inheritable);
    signals(text, "CapPrm", held.permitted);
    signals(text, "CapEff", held.effective);
    signals(text, "CapBnd", kAllCapabilities);
    signals(text, "CapAmb", 0);
    line(text, "NoNewPrivs", static_cast<uint64_t>(process.no_new_privileges.load()));
    line(text, "Seccomp", 0);
    line(text, "Seccomp_filters", 0);
}

// As the kernel writes them: the highest 32 processors first.
void write_mask(Text& text, ProcessorSet const& set, uint64_t count)
{
    for (auto word = (count + 31) / 32; word-- > 0;) {
        auto bits = static_cast<uint32_t>(set.words[word / 2] >> word % 2 * 32);
        bool is_first = word == (count - 1) / 32;
        auto digits = is_first ? (count - word * 32 + 3) / 4 : 8;
        text.hex(bits, static_cast<int>(digits)) << (word ? "," : "\n");
    }
}

void write_ranges(Text& text, ProcessorSet const& set, uint64_t count)
{
    char const* separator = "";
    for (uint64_t first = 0; first < count; ++first) {
        if (!set.contains(first))
            continue;
        auto last = first;
        while (last + 1 < count && set.contains(last + 1))
            ++last;
        text << separator << first;
        if (last > first)
            text << '-' << last;
        separator = ",";
        first = last;
    }
}

void write_processors(Text& text, Process& process, Thread& thread)
{
    ProcessorSet set;
    {
        LockGuard guard(process.thread_lock);
        set = thread.processors;
    }
    auto count = process.processor_count < ProcessorSet::kMost ? process.processor_count : ProcessorSet::kMost;
    write_mask(text << "Cpus_allowed:\t", set, count);
    write_ranges(text << "Cpus_allowed_list:\t", set, count);
    text << "\nMems_allowed:\t1\nMems_allowed_list:\t0\n";
}

} // namespace

Result<> status(Node node, Text& text)
{
    auto& process = farl::process();
    auto thread = TRY(thread_of(node));
    (text << "Name:\t" << name_of(*thread) << "\nUmask:\t").octal(process.umask.load(), 4) << '\n';
    text << "State:\tR (running)\n";
    line(text, "Tgid", static_cast<uint64_t>(process.pid()));
    line(text, "Ngid", 0);
    line(text, "Pid", static_cast<uint64_t>(thread->tid()));
    line(text, "PPid", static_cast<uint64_t>(process.parent_pid));
    line(text, "TracerPid", 0);
    write_identity(text, process);
    write_memory(text, sizes());
    line(text, "CoreDumping", 0);
    line(text, "THP_enabled", 0);
    line(text, "Threads", process.thread_count());
    write_signals(text, signal_state(process, *thread));
    write_privileges(text, process);
    write_processors(text, process, *thread);
    line(text, "voluntary_ctxt_switches", 0);
    line(text, "nonvoluntary_ctxt_switches", 0);
    return {};
}

// proc(5): the fields are numbered there
Result<> stat(Node node, Text& text)
{
    auto& process = farl::process();
    auto thread = TRY(thread_of(node));
    auto const sizes = proc::sizes();
    auto const state = signal_state(process, *thread);
    auto const& program = process.program;
    text << thread->tid() << " (" << name_of(*thread) << ") R " << process.parent_pid << ' ' << process.pid() << ' '
         << process.pid();
    text << " 0 -1 4194304 0 0 0 0";                                                         // 7-13
    text << " 0 0 0 0 20 " << process.nice.load() << ' ' << process.thread_count() << " 0 "; // 14-21
    text << thread->start_time_ns / kTickNs << ' ' << sizes.total << ' ' << sizes.resident / kPageSize << ' '
         << process.limits[RLIMIT_RSS].soft;                                                              // 22-25
    text << ' ' << program.code_start << ' ' << program.code_end << ' ' << program.stack_start << " 0 0"; // 26-30
    text << ' ' << state.pending << ' ' << state.blocked << ' ' << state.ignored << ' ' << state.caught;  // 31-34
    text << " 0 0 0 17 0 0 0 0 0 0";                                                                      // 35-44
    text << " 0 0 0 0 0 0 0 0\n";                                                                         // 45-52
    return {};
}

Result<> memory_sizes(Node, Text& text)
{
    auto const sizes = proc::sizes();
    text << sizes.total / kPageSize << ' ' << sizes.resident / kPageSize << ' ' << sizes.shared / kPageSize << ' '
         << sizes.code / kPageSize << " 0 " << sizes.data / kPageSize << " 0\n";
    return {};
}

} // namespace farl::proc
