// Ref<T>: an intrusive, atomic reference count. T derives from RefCounted<T> and starts with one reference,
// which adopt_ref() takes over. make_ref() allocates and reports exhaustion as ENOMEM.
#pragma once

#include "base/result.h"

#include <atomic>
#include <concepts>
#include <cstdint>

namespace farl {

template <typename T>
class RefCounted {
public:
    void ref() const { count_.fetch_add(1, std::memory_order_relaxed); }
    // For holders of a plain pointer who know that the memory is still there: false if the last reference is gone.
    bool try_ref() const
    {
        auto count = count_.load(std::memory_order_relaxed);
        while (count != 0)
            if (count_.compare_exchange_weak(count, count + 1, std::memory_order_relaxed))
                return true;
        return false;
    }
    void unref() const
    {
        if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            delete static_cast<T const*>(this);
    }
    uint32_t ref_count() const { return count_.load(std::memory_order_acquire); }

protected:
    RefCounted() = default;
    ~RefCounted() = default;
    RefCounted(RefCounted const&) = delete;
    RefCounted& operator=(RefCounted const&) = delete;

private:
    mutable std::atomic<uint32_t> count_ { 1 };
};

template <typename T>
class Ref {
public:
    Ref() = default;
    Ref(std::nullptr_t) { }
    Ref(T& object) : pointer_(&object) { pointer_->ref(); }
    Ref(Ref const& other) : pointer_(other.pointer_)
    {
        if (pointer_)
            pointer_->ref();
    }
    Ref(Ref&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) { }
    template <std::derived_from<T> U>
    Ref(Ref<U> other) : pointer_(other.leak())
    {
    }
    Ref& operator=(Ref other) noexcept
    {
        std::swap(pointer_, other.pointer_);
        return *this;
    }
    ~Ref()
    {
        if (pointer_)
            pointer_->unref();
    }

    static Ref adopt(T& object)
    {
        Ref ref;
        ref.pointer_ = &object;
        return ref;
    }
    T* leak() { return std::exchange(pointer_, nullptr); }

    T* get() const { return pointer_; }
    T* operator->() const { return pointer_; }
    T& operator*() const { return *pointer_; }
    explicit operator bool() const { return pointer_ != nullptr; }
    bool operator==(Ref const& other) const { return pointer_ == other.pointer_; }

private:
    T* pointer_ { nullptr };
};

template <typename T>
Ref<T> adopt_ref(T& object)
{
    return Ref<T>::adopt(object);
}

template <typename T, typename... Args>
Result<Ref<T>> make_ref(Args&&... args)
{
    auto* object = new (std::nothrow) T(std::forward<Args>(args)...);
    if (!object)
        return Errno::Enomem;
    return adopt_ref(*object);
}

} // namespace farl
