// Guarded<T, Lock>: data that can be reached only with its lock held.
#pragma once

#include "base/spinlock.h"

#include <utility>

namespace farl {

template <typename T, typename Lock = Spinlock>
class Guarded {
public:
    template <typename... Args>
    constexpr explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...)
    {
    }

    template <typename Function>
    decltype(auto) with(Function&& function)
    {
        LockGuard guard(lock_);
        return function(value_);
    }

private:
    Lock lock_ {};
    T value_;
};

} // namespace farl
