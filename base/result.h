// Result<T>: a value or an Errno. TRY unwraps or returns the error; MUST is for what cannot fail;
// ASSERT is for our own bugs only, never for input. Freestanding: no exceptions, no allocation.
#pragma once

#include "base/errno.h"

#include <new>
#include <type_traits>
#include <utility>

namespace farl {

// Ends the program after one line on the log. Each domain supplies its own.
[[noreturn]] void panic(char const* file, int line, char const* what);

#define ASSERT(condition)                                  \
    do {                                                   \
        if (!(condition)) [[unlikely]]                     \
            ::farl::panic(__FILE__, __LINE__, #condition); \
    } while (0)

template <typename T>
class Result;

template <typename U, typename... Others>
inline constexpr bool kIsOneOf = (std::is_same_v<std::remove_cvref_t<U>, Others> || ...);

// What a Result<T> is made from besides a T itself, an Errno, and another Result<T>.
template <typename U, typename T>
concept ConvertibleToResult = std::is_convertible_v<U, T> && !kIsOneOf<U, Errno, Result<T>, T>;

template <typename T = void>
class [[nodiscard]] Result {
public:
    using Value = T;

    Result(T value) : ok_(true) { ::new (static_cast<void*>(&value_)) T(std::move(value)); }
    template <ConvertibleToResult<T> U>
    Result(U&& value) : ok_(true)
    {
        ::new (static_cast<void*>(&value_)) T(std::forward<U>(value));
    }
    Result(Errno error) : error_(error), ok_(false) { }
    Result(Result&& other) noexcept : ok_(other.ok_)
    {
        if (ok_)
            ::new (static_cast<void*>(&value_)) T(std::move(other.value_));
        else
            error_ = other.error_;
    }
    Result(Result const&) = delete;
    Result& operator=(Result const&) = delete;
    Result& operator=(Result&& other) noexcept
    {
        if (this != &other) {
            this->~Result();
            ::new (this) Result(std::move(other));
        }
        return *this;
    }
    ~Result()
    {
        if (ok_)
            value_.~T();
    }

    bool is_ok() const { return ok_; }
    bool is_error() const { return !ok_; }
    explicit operator bool() const { return ok_; }
    Errno error() const
    {
        ASSERT(!ok_);
        return error_;
    }
    T& value()
    {
        ASSERT(ok_);
        return value_;
    }
    T const& value() const
    {
        ASSERT(ok_);
        return value_;
    }
    T release_value()
    {
        ASSERT(ok_);
        return std::move(value_);
    }
    T value_or(T fallback) { return ok_ ? std::move(value_) : std::move(fallback); }

private:
    union {
        T value_;
        Errno error_;
    };
    bool ok_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    using Value = void;

    Result() = default;
    Result(Errno error) : error_(error), ok_(false) { }

    bool is_ok() const { return ok_; }
    bool is_error() const { return !ok_; }
    explicit operator bool() const { return ok_; }
    Errno error() const
    {
        ASSERT(!ok_);
        return error_;
    }
    void release_value() const { ASSERT(ok_); }

private:
    Errno error_ {};
    bool ok_ { true };
};

#define TRY(expression)                         \
    ({                                          \
        auto&& try_result = (expression);       \
        if (try_result.is_error()) [[unlikely]] \
            return try_result.error();          \
        try_result.release_value();             \
    })

#define MUST(expression)                   \
    ({                                     \
        auto&& must_result = (expression); \
        ASSERT(must_result.is_ok());       \
        must_result.release_value();       \
    })

} // namespace farl
