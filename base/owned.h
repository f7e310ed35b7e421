// Owned<T>: the single owner of one heap object. make_owned() reports exhaustion as ENOMEM.
#pragma once

#include "base/result.h"

#include <concepts>

namespace farl {

template <typename T>
class Owned {
public:
    Owned() = default;
    Owned(std::nullptr_t) { }
    explicit Owned(T* object) : pointer_(object) { }
    Owned(Owned&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) { }
    template <std::derived_from<T> U>
    Owned(Owned<U>&& other) : pointer_(other.release())
    {
    }
    Owned& operator=(Owned other) noexcept
    {
        std::swap(pointer_, other.pointer_);
        return *this;
    }
    Owned(Owned const&) = delete;
    ~Owned() { delete pointer_; }

    T* release() { return std::exchange(pointer_, nullptr); }
    T* get() const { return pointer_; }
    T* operator->() const { return pointer_; }
    T& operator*() const { return *pointer_; }
    explicit operator bool() const { return pointer_ != nullptr; }

private:
    T* pointer_ { nullptr };
};

template <typename T, typename... Args>
Result<Owned<T>> make_owned(Args&&... args)
{
    auto* object = new (std::nothrow) T(std::forward<Args>(args)...);
    if (!object)
        return Errno::Enomem;
    return Owned<T>(object);
}

} // namespace farl
