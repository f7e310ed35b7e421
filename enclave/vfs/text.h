// Text: bytes that grow as they are written, for generated files. A failed growth is remembered and told at the end.
#pragma once

#include "base/format.h"
#include "base/vector.h"

namespace farl {

class Text {
public:
    Text& operator<<(std::string_view text)
    {
        note(bytes_.append({ text.data(), text.size() }));
        return *this;
    }
    Text& operator<<(char const* text) { return *this << std::string_view(text); }
    Text& operator<<(char character) { return *this << std::string_view { &character, 1 }; }
    template <std::integral T>
    Text& operator<<(T value)
    {
        return put([&](Formatter& formatter) { formatter << value; });
    }
    Text& hex(uint64_t value, int width = 1)
    {
        return put([&](Formatter& formatter) { formatter.hex(value, width); });
    }
    Text& octal(uint64_t value, int width = 1)
    {
        return put([&](Formatter& formatter) { formatter.octal(value, width); });
    }
    // With zeros in front.
    Text& padded(uint64_t value, int width)
    {
        return put([&](Formatter& formatter) { formatter.padded(value, width); });
    }
    // With spaces in front.
    Text& right(uint64_t value, size_t width)
    {
        char buffer[32];
        Formatter formatter(buffer);
        formatter << value;
        spaces(width > formatter.view().size() ? width - formatter.view().size() : 0);
        return *this << formatter.view();
    }
    Text& spaces(size_t count)
    {
        while (count--)
            *this << ' ';
        return *this;
    }
    // With spaces behind.
    Text& left(std::string_view text, size_t width)
    {
        *this << text;
        return spaces(width > text.size() ? width - text.size() : 0);
    }

    size_t size() const { return bytes_.size(); }
    Result<Vector<char>> take()
    {
        if (has_failed_)
            return Errno::Enomem;
        return std::move(bytes_);
    }

private:
    template <typename Write>
    Text& put(Write&& write)
    {
        char buffer[32];
        Formatter formatter(buffer);
        write(formatter);
        return *this << formatter.view();
    }
    void note(Result<> result) { has_failed_ |= result.is_error(); }

    Vector<char> bytes_;
    bool has_failed_ { false };
};

} // namespace farl
