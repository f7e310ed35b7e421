#include "tests/fuzz/syscalls/sequence.h"

#include "tests/fuzz/syscalls/arguments.h"

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace farl::fuzz {

namespace {

std::atomic<uint64_t> begun;

__attribute__((format(printf, 1, 2))) void print(char const* format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    auto size = vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    if (size > 0)
        (void)!write(kLogDescriptor, text,
            static_cast<size_t>(size) < sizeof(text) ? static_cast<size_t>(size) : sizeof(text) - 1);
}

void show_path(uint64_t address)
{
    auto const* text = reinterpret_cast<char const*>(address);
    if (address >= kInputs && address < kInputs + kInputsSize)
        print("\"%.20s\"%s", text, strlen(text) > 20 ? "..." : "");
    else
        print("0x%lx", address);
}

void show(Argument const& argument, uint64_t value)
{
    if (argument.kind == Kind::Path || argument.kind == Kind::AnyPath || argument.kind == Kind::DevicePath
        || argument.kind == Kind::Name)
        return show_path(value);
    auto number = static_cast<int64_t>(value);
    if (number > -5000 && number < 100000)
        print("%ld", number);
    else
        print("0x%lx", value);
}

// A call that waits is interrupted, and says EINTR here and there.
void interrupt_after_ms(int milliseconds)
{
    itimerval timer {};
    timer.it_value.tv_usec = milliseconds * 1000;
    setitimer(ITIMER_REAL, &timer, nullptr);
}

constexpr int kLongestWaitMs = 300;

void run_call(World& world, uint64_t seed, uint64_t index)
{
    Dice dice(seed, index);
    auto const& call = calls()[dice.below(calls().size())];
    world.fill_memory();
    uint64_t values[6] {};
    Arguments arguments(dice);
    print("%lu.%lu %s(", seed, index, call.name);
    for (int i = 0; i < 6 && call.arguments[i].kind != Kind::None; ++i) {
        values[i] = arguments.make(call.arguments[i]);
        print("%s", i ? ", " : "");
        show(call.arguments[i], values[i]);
    }
    print(") = ");
    world.keep_memory();
    note_call();
    interrupt_after_ms(kLongestWaitMs);
    errno = 0;
    auto result = syscall(call.number, values[0], values[1], values[2], values[3], values[4], values[5]);
    auto error = errno;
    interrupt_after_ms(0);
    if (result == -1 && error)
        print("%s", strerrorname_np(error));
    else if (call.answer == Answer::Plain)
        print("%ld", result);
    else
        print("ok");
    if (call.hide)
        call.hide(values, result);
    if (auto written = world.written_bytes())
        print(" wrote %016lx", written);
    if (auto signals = take_signals())
        print(" signals %lx", signals);
    print("\n");
}

} // namespace

uint64_t calls_begun() { return begun; }
void note_call() { ++begun; }

void run_sequence(World& world, uint64_t seed, std::span<uint64_t const> indices)
{
    world.create();
    for (auto index : indices)
        run_call(world, seed, index);
    auto state = world.describe();
    for (size_t start = 0; start < state.size();) {
        auto end = state.find('\n', start);
        print("%lu.end %.*s\n", seed, static_cast<int>(end - start), state.c_str() + start);
        start = end + 1;
    }
}

} // namespace farl::fuzz
