#include "enclave/process/proc/files.h"
#include "enclave/process/process.h"

#include <cstring>

namespace farl::proc {

namespace {

constinit std::atomic<int> oom_adjustment { 0 };

struct LimitLine {
    std::string_view name;
    std::string_view unit;
};
constexpr LimitLine kLimits[kResourceCount] = {
    { "Max cpu time", "seconds" },
    { "Max file size", "bytes" },
    { "Max data size", "bytes" },
    { "Max stack size", "bytes" },
    { "Max core file size", "bytes" },
    { "Max resident set", "bytes" },
    { "Max processes", "processes" },
    { "Max open files", "files" },
    { "Max locked memory", "bytes" },
    { "Max address space", "bytes" },
    { "Max file locks", "locks" },
    { "Max pending signals", "signals" },
    { "Max msgqueue size", "bytes" },
    { "Max nice priority", "" },
    { "Max realtime priority", "" },
    { "Max realtime timeout", "us" },
};

void write_limit(Text& text, uint64_t value)
{
    if (value == ~0ull) {
        text.left("unlimited", 21);
        return;
    }
    char buffer[24];
    Formatter number(buffer);
    number << value;
    text.left(number.view(), 21);
}

} // namespace

Result<Ref<Thread>> thread_of(Node node) { return process().find_thread(static_cast<int>(node.last())); }

std::string_view name_of(Thread const& thread)
{
    std::string_view name { thread.name, sizeof(thread.name) };
    return name.substr(0, name.find('\0'));
}

bool is_process(Node node)
{
    return node.last() == static_cast<uint64_t>(process().pid())
        || process().find_thread(static_cast<int>(node.last())).is_ok();
}

Result<> list_processes(Node, Vector<uint64_t>& numbers)
{
    return numbers.push(static_cast<uint64_t>(process().pid()));
}

bool is_thread(Node node) { return thread_of(node).is_ok(); }

Result<> list_threads(Node, Vector<uint64_t>& numbers)
{
    // Room first: nothing is allocated under the lock. Threads that start meanwhile may be missed.
    auto room = process().thread_count() + 16;
    TRY(numbers.reserve(room));
    LockGuard guard(process().thread_lock);
    process().threads.for_each([&](Thread& thread) {
        if (numbers.size() < room)
            (void)numbers.push(static_cast<uint64_t>(thread.tid()));
    });
    return {};
}

Result<String> self(Node)
{
    char buffer[24];
    Formatter text(buffer);
    text << process().pid();
    return String::from(text.view());
}

Result<String> thread_self(Node)
{
    char buffer[48];
    Formatter text(buffer);
    text << process().pid() << "/task/" << Thread::current().tid();
    return String::from(text.view());
}

// Without links, as the kernel tells it.
Result<String> executable(Node)
{
    auto location = TRY(vfs().resolve_absolute(process().program.path));
    return TRY(location.file_system->open(location.file_path(), { .flags = O_PATH }))->current_path();
}

Result<String> working_directory(Node)
{
    auto directory = TRY(process().working_directory());
    return directory.file ? directory.file->current_path() : std::move(directory.path);
}

Result<String> root_directory(Node) { return String::from("/"); }

Result<> command_line(Node, Text& text)
{
    auto const& arguments = process().program.arguments;
    text << std::string_view { arguments.data(), arguments.size() };
    return {};
}

Result<> environment(Node, Text& text)
{
    auto const& variables = process().program.environment;
    text << std::string_view { variables.data(), variables.size() };
    return {};
}

Result<> auxiliary_vector(Node, Text& text)
{
    auto const& vector = process().program.auxiliary_vector;
    text << std::string_view { reinterpret_cast<char const*>(vector.data()), vector.size() };
    return {};
}

Result<> command_name(Node node, Text& text)
{
    text << name_of(*TRY(thread_of(node))) << '\n';
    return {};
}

Result<> set_command_name(Node node, std::string_view name)
{
    auto thread = TRY(thread_of(node));
    auto size = name.size() < sizeof(thread->name) - 1 ? name.size() : sizeof(thread->name) - 1;
    memset(thread->name, 0, sizeof(thread->name));
    memcpy(thread->name, name.data(), size);
    return {};
}

Result<> limits(Node, Text& text)
{
    text.left("Limit", 26).left("Soft Limit", 21).left("Hard Limit", 21).left("Units", 10) << '\n';
    for (int i = 0; i < kResourceCount; ++i) {
        text.left(kLimits[i].name, 26);
        write_limit(text, process().limits[i].soft);
        write_limit(text, process().limits[i].hard);
        text.left(kLimits[i].unit, 10) << '\n';
    }
    return {};
}

Result<> control_groups(Node, Text& text)
{
    text << "0::/\n";
    return {};
}

Result<> oom_score(Node, Text& text)
{
    text << "0\n";
    return {};
}

Result<> oom_score_adjustment(Node, Text& text)
{
    text << oom_adjustment.load() << '\n';
    return {};
}

// Kept for those who read it back; nobody acts on it.
Result<> set_oom_score_adjustment(Node, std::string_view value)
{
    while (value.ends_with('\n') || value.ends_with('\0'))
        value.remove_suffix(1);
    bool is_negative = value.starts_with('-');
    value.remove_prefix(is_negative);
    int number = 0;
    if (value.empty() || value.size() > 4)
        return Errno::Einval;
    for (char c : value) {
        if (c < '0' || c > '9')
            return Errno::Einval;
        number = number * 10 + (c - '0');
    }
    if (number > 1000)
        return Errno::Einval;
    oom_adjustment.store(is_negative ? -number : number);
    return {};
}

Result<> transfer_counts(Node, Text& text)
{
    for (auto const* name :
        { "rchar", "wchar", "syscr", "syscw", "read_bytes", "write_bytes", "cancelled_write_bytes" })
        text << name << ": 0\n";
    return {};
}

} // namespace farl::proc
