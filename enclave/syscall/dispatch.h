// Dispatch: from a system call's number to its handler. The list is table.def; argument types come from the handler
// itself, so a wrong signature does not compile. Names and arguments in traces come from the same place.
#pragma once

#include "base/format.h"
#include "enclave/memory/user_memory.h"
#include "enclave/process/signal_delivery.h"

#include <array>

namespace farl {

enum class Support : uint8_t { Full, Partial, Refused };

inline constexpr size_t kMostSyscalls = 512;

struct SyscallEntry {
    int64_t (*handler)(Thread&) { nullptr };
    void (*format)(Formatter&, UserFrame const&) { nullptr };
    char const* name { nullptr };
    Support support { Support::Refused };
    Restart restart { Restart::Never };
};

SyscallEntry const& syscall_entry(uint64_t number);

struct SyscallStatistics {
    bool is_enabled { false }; // set at start only
    std::atomic<uint64_t> calls[kMostSyscalls] {};
    std::atomic<uint64_t> trapped { 0 }; // reached by the exception path
    std::atomic<uint64_t> exceptions { 0 };
    std::atomic<uint64_t> interrupts { 0 };
};
SyscallStatistics& syscall_statistics();

void enable_trace(int host_descriptor);

// ---- how arguments are taken from registers, and shown

namespace detail {

template <typename T>
T decode(uint64_t raw)
{
    if constexpr (std::is_integral_v<T>)
        return static_cast<T>(raw);
    else
        return T { raw };
}
template <>
inline UserInOut<uint32_t> decode(uint64_t raw)
{
    return { { raw } };
}
template <>
inline UserInOut<int64_t> decode(uint64_t raw)
{
    return { { raw } };
}
template <>
inline UserInOut<int32_t> decode(uint64_t raw)
{
    return { { raw } };
}
template <>
inline UserInOut<uint64_t> decode(uint64_t raw)
{
    return { { raw } };
}

inline uint64_t argument(UserFrame const& frame, size_t index)
{
    switch (index) {
    case 0:
        return frame.rdi;
    case 1:
        return frame.rsi;
    case 2:
        return frame.rdx;
    case 3:
        return frame.r10;
    case 4:
        return frame.r8;
    default:
        return frame.r9;
    }
}

inline int64_t encode(Result<void> result) { return result.is_ok() ? 0 : -static_cast<int64_t>(result.error()); }
template <typename T>
int64_t encode(Result<T> result)
{
    return result.is_ok() ? static_cast<int64_t>(result.release_value()) : -static_cast<int64_t>(result.error());
}

template <typename T>
void show(Formatter& text, uint64_t raw)
{
    if constexpr (std::is_same_v<T, UserString>) {
        auto string = UserString { raw }.read(96);
        if (string.is_ok())
            text << '"' << string.value().view() << '"';
        else
            (text << "0x").hex(raw);
    } else if constexpr (std::is_integral_v<T>) {
        auto value = static_cast<T>(raw);
        if (std::is_signed_v<T> || static_cast<uint64_t>(value) < 4096)
            text << value;
        else
            (text << "0x").hex(static_cast<uint64_t>(value));
    } else {
        if (raw)
            (text << "0x").hex(raw);
        else
            text << "NULL";
    }
}

template <auto Handler, typename Signature = decltype(Handler)>
struct Adapter;

template <auto Handler, typename R, typename... P>
struct Adapter<Handler, Result<R> (*)(Thread&, P...)> {
    template <size_t... I>
    static int64_t call(Thread& caller, std::index_sequence<I...>)
    {
        [[maybe_unused]] auto& frame = caller.frame();
        return encode(Handler(caller, decode<P>(argument(frame, I))...));
    }
    static int64_t handle(Thread& caller) { return call(caller, std::index_sequence_for<P...> {}); }

    template <size_t... I>
    static void show_all(Formatter& text, UserFrame const& frame, std::index_sequence<I...>)
    {
        ((text << (I ? ", " : ""), show<P>(text, argument(frame, I))), ...);
    }
    static void format(Formatter& text, UserFrame const& frame)
    {
        show_all(text, frame, std::index_sequence_for<P...> {});
    }
};

} // namespace detail

} // namespace farl
