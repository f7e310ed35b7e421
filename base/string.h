// String: owned bytes with a terminating NUL, for paths and names. Growth reports ENOMEM. Moves are cheap, copies
// explicit.
#pragma once

#include "base/vector.h"

#include <string_view>

namespace farl {

class String {
public:
    String() = default;

    static Result<String> from(std::string_view text)
    {
        String string;
        TRY(string.append(text));
        return string;
    }
    // The bytes become the string; the last one is its NUL.
    static String of(Vector<char> bytes)
    {
        ASSERT(!bytes.is_empty() && bytes.last() == '\0');
        String string;
        string.bytes_ = std::move(bytes);
        return string;
    }
    Result<String> copy() const { return from(view()); }

    std::string_view view() const
    {
        return bytes_.is_empty() ? std::string_view { "" } : std::string_view { bytes_.data(), bytes_.size() - 1 };
    }
    operator std::string_view() const { return view(); }
    char const* c_str() const { return bytes_.is_empty() ? "" : bytes_.data(); }
    size_t size() const { return view().size(); }
    bool is_empty() const { return size() == 0; }

    // For so many bytes in all, without growing again.
    Result<> reserve(size_t size) { return bytes_.reserve(size + 1); }
    Result<> append(std::string_view text)
    {
        TRY(bytes_.reserve_for(text.size() + 1));
        if (!bytes_.is_empty())
            bytes_.pop();
        TRY(bytes_.append({ text.data(), text.size() }));
        return bytes_.push('\0');
    }
    Result<> append(char character) { return append(std::string_view { &character, 1 }); }
    void truncate(size_t size)
    {
        bytes_.truncate(size + 1);
        if (!bytes_.is_empty())
            bytes_.last() = '\0';
    }
    void clear() { bytes_.clear(); }

private:
    Vector<char> bytes_;
};

inline Result<Vector<std::string_view>> views_of(Vector<String> const& strings)
{
    Vector<std::string_view> views;
    for (auto const& string : strings)
        TRY(views.push(string.view()));
    return views;
}

} // namespace farl
