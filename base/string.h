// String: owned bytes with a terminating NUL, for paths and names. Short ones need no memory of the heap. Growth
// reports ENOMEM. Copies are explicit. A move may take the bytes to another place: views of what was moved are void.
#pragma once

#include "base/vector.h"

#include <string_view>

namespace farl {

class String {
public:
    String() { short_[0] = '\0'; }
    String(String&& other) noexcept { take(other); }
    String& operator=(String&& other) noexcept
    {
        if (this != &other) {
            release();
            take(other);
        }
        return *this;
    }
    String(String const&) = delete;
    String& operator=(String const&) = delete;
    ~String() { release(); }

    static Result<String> from(std::string_view text)
    {
        String string;
        TRY(string.append(text));
        return string;
    }
    // So many bytes, for the caller to fill in.
    static Result<String> of_size(size_t size)
    {
        String string;
        TRY(string.reserve(size));
        string.set_size(size);
        return string;
    }
    Result<String> copy() const { return from(view()); }

    std::string_view view() const { return { c_str(), size_ }; }
    operator std::string_view() const { return view(); }
    char const* c_str() const { return capacity_ ? long_ : short_; }
    char* data() { return capacity_ ? long_ : short_; }
    size_t size() const { return size_; }
    bool is_empty() const { return size_ == 0; }

    // For so many bytes in all, without growing again.
    Result<> reserve(size_t size)
    {
        if (size < (capacity_ ? capacity_ : kShort)) [[likely]]
            return {};
        if (size >= UINT32_MAX)
            return Errno::Enomem;
        auto* bytes = static_cast<char*>(::operator new(size + 1, std::nothrow));
        if (!bytes)
            return Errno::Enomem;
        std::memcpy(bytes, c_str(), size_ + 1);
        release();
        long_ = bytes;
        capacity_ = static_cast<uint32_t>(size + 1);
        return {};
    }
    Result<> append(std::string_view text)
    {
        auto size = TRY(checked_add<size_t>(size_, text.size()));
        if (auto room = capacity_ ? capacity_ : kShort; size >= room) [[unlikely]]
            TRY(reserve(size > room * size_t { 2 } ? size : room * size_t { 2 }));
        if (!text.empty())
            std::memcpy(data() + size_, text.data(), text.size());
        set_size(size);
        return {};
    }
    Result<> append(char character) { return append(std::string_view { &character, 1 }); }
    void truncate(size_t size)
    {
        if (size < size_)
            set_size(size);
    }
    void clear() { set_size(0); }

private:
    static constexpr uint32_t kShort = 56; // with the NUL: a String is one cache line

    void set_size(size_t size)
    {
        size_ = static_cast<uint32_t>(size);
        data()[size] = '\0';
    }
    void release()
    {
        if (capacity_)
            ::operator delete(long_);
    }
    void take(String& other)
    {
        std::memcpy(static_cast<void*>(this), &other, sizeof(String));
        other.size_ = other.capacity_ = 0;
        other.short_[0] = '\0';
    }

    union {
        char short_[kShort];
        char* long_;
    };
    uint32_t size_ { 0 };
    uint32_t capacity_ { 0 }; // of `long_`, with the NUL; 0: short_ holds the bytes
};
static_assert(sizeof(String) == 64);

inline Result<Vector<std::string_view>> views_of(Vector<String> const& strings)
{
    Vector<std::string_view> views;
    for (auto const& string : strings)
        TRY(views.push(string.view()));
    return views;
}

} // namespace farl
