// Vector<T>: a growable array whose growth reports ENOMEM instead of throwing.
#pragma once

#include "base/checked.h"

#include <cstring>
#include <span>
#include <type_traits>

namespace farl {

template <typename T>
class Vector {
public:
    Vector() = default;
    Vector(Vector&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0))
    {
    }
    Vector& operator=(Vector&& other) noexcept
    {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }
    Vector(Vector const&) = delete;
    Vector& operator=(Vector const&) = delete;
    ~Vector()
    {
        clear();
        ::operator delete(data_);
    }

    size_t size() const { return size_; }
    bool is_empty() const { return size_ == 0; }
    T* data() { return data_; }
    T const* data() const { return data_; }
    T* begin() { return data_; }
    T* end() { return data_ + size_; }
    T const* begin() const { return data_; }
    T const* end() const { return data_ + size_; }
    std::span<T> span() { return { data_, size_ }; }
    std::span<T const> span() const { return { data_, size_ }; }
    T& operator[](size_t index)
    {
        ASSERT(index < size_);
        return data_[index];
    }
    T const& operator[](size_t index) const
    {
        ASSERT(index < size_);
        return data_[index];
    }
    T& last() { return (*this)[size_ - 1]; }

    Result<> reserve(size_t capacity)
    {
        if (capacity <= capacity_)
            return {};
        auto size = TRY(checked_multiply(capacity, sizeof(T)));
        auto* moved = static_cast<T*>(::operator new(size, std::nothrow));
        if (!moved)
            return Errno::Enomem;
        if constexpr (std::is_trivially_copyable_v<T>) {
            if (size_)
                std::memcpy(static_cast<void*>(moved), data_, size_ * sizeof(T));
        } else {
            for (size_t i = 0; i < size_; ++i) {
                ::new (static_cast<void*>(moved + i)) T(std::move(data_[i]));
                data_[i].~T();
            }
        }
        ::operator delete(data_);
        data_ = moved;
        capacity_ = capacity;
        return {};
    }
    // The same, and more than is needed now if it has to grow: for many appends.
    Result<> reserve_for(size_t more)
    {
        auto needed = TRY(checked_add(size_, more));
        return needed <= capacity_ ? Result<> {} : reserve(needed > capacity_ * 2 ? needed : capacity_ * 2);
    }
    Result<> push(T value)
    {
        TRY(grow_by_one());
        ::new (static_cast<void*>(data_ + size_++)) T(std::move(value));
        return {};
    }
    Result<> insert(size_t index, T value)
    {
        ASSERT(index <= size_);
        TRY(push(std::move(value)));
        for (size_t i = size_ - 1; i > index; --i)
            std::swap(data_[i], data_[i - 1]);
        return {};
    }
    Result<> append(std::span<T const> values)
    {
        if (values.size() > PTRDIFF_MAX / sizeof(T))
            return Errno::Enomem;
        TRY(reserve_for(values.size()));
        if constexpr (std::is_trivially_copyable_v<T>) {
            if (!values.empty())
                std::memcpy(static_cast<void*>(data_ + size_), values.data(), values.size_bytes());
            size_ += values.size();
        } else {
            for (auto const& value : values)
                ::new (static_cast<void*>(data_ + size_++)) T(value);
        }
        return {};
    }
    Result<> resize(size_t size)
    {
        TRY(reserve(size));
        while (size_ > size)
            data_[--size_].~T();
        while (size_ < size)
            ::new (static_cast<void*>(data_ + size_++)) T();
        return {};
    }
    void remove(size_t index)
    {
        ASSERT(index < size_);
        for (size_t i = index; i + 1 < size_; ++i)
            data_[i] = std::move(data_[i + 1]);
        data_[--size_].~T();
    }
    void pop()
    {
        ASSERT(size_ > 0);
        data_[--size_].~T();
    }
    // Takes away what is beyond the first `size`, if there is anything.
    void truncate(size_t size)
    {
        if constexpr (std::is_trivially_destructible_v<T>)
            size_ = size < size_ ? size : size_;
        else
            while (size_ > size)
                data_[--size_].~T();
    }
    void clear() { truncate(0); }

private:
    Result<> grow_by_one() { return size_ < capacity_ ? Result<> {} : reserve(capacity_ ? capacity_ * 2 : 8); }

    T* data_ { nullptr };
    size_t size_ { 0 };
    size_t capacity_ { 0 };
};

} // namespace farl
