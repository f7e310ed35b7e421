// vsnprintf(3), as far as BoringSSL's messages and names need it: %s %c %d %i %u %x %X %%, sizes l, ll and z, flags 0
// and -, widths and precisions. Anything else ends the text there.
#include "base/format.h"

#include <cstdarg>
#include <cstddef>

namespace farl {

namespace {

struct Conversion {
    bool is_left { false };
    bool is_zero_padded { false };
    bool is_long { false };
    int width { 0 };
    int precision { -1 };
};

// Counts what does not fit, too.
class Output {
public:
    Output(char* buffer, size_t size) : buffer_(buffer), size_(size) { }
    void put(char character)
    {
        if (used_ + 1 < size_)
            buffer_[used_] = character;
        ++used_;
    }
    void put(std::string_view text, Conversion const& how)
    {
        bool has_sign = how.is_zero_padded && !how.is_left && text.starts_with('-');
        if (has_sign) {
            put('-');
            text.remove_prefix(1);
        }
        auto padding = how.width - static_cast<int>(text.size()) - has_sign;
        for (; !how.is_left && padding > 0; --padding)
            put(how.is_zero_padded ? '0' : ' ');
        for (char character : text)
            put(character);
        for (; padding > 0; --padding)
            put(' ');
    }
    int finish()
    {
        if (size_)
            buffer_[used_ < size_ ? used_ : size_ - 1] = 0;
        return static_cast<int>(used_);
    }

private:
    char* buffer_;
    size_t size_;
    size_t used_ { 0 };
};

struct Arguments {
    va_list list; // in a struct it is passed as what it is
};

int read_number(char const*& format, Arguments& arguments)
{
    if (*format == '*') {
        ++format;
        return va_arg(arguments.list, int);
    }
    int number = 0;
    for (; *format >= '0' && *format <= '9'; ++format)
        number = number < 10000 ? number * 10 + (*format - '0') : number;
    return number;
}

Conversion read_conversion(char const*& format, Arguments& arguments)
{
    Conversion how;
    for (; *format == '-' || *format == '0'; ++format)
        (*format == '-' ? how.is_left : how.is_zero_padded) = true;
    how.width = read_number(format, arguments);
    if (*format == '.')
        how.precision = read_number(++format, arguments);
    for (; *format == 'l' || *format == 'z'; ++format)
        how.is_long = true;
    return how;
}

std::string_view text_of(char const* text, int precision)
{
    if (!text)
        return "(null)";
    size_t size = 0;
    while ((precision < 0 || size < static_cast<size_t>(precision)) && text[size])
        ++size;
    return { text, size };
}

std::string_view number_of(char kind, Conversion const& how, Arguments& arguments, std::span<char> buffer)
{
    Formatter text(buffer);
    auto value = how.is_long ? va_arg(arguments.list, long) : va_arg(arguments.list, int);
    auto positive = how.is_long ? static_cast<uint64_t>(value) : static_cast<uint32_t>(value);
    if (kind == 'd' || kind == 'i')
        text << value;
    else if (kind == 'u')
        text << positive;
    else
        text.hex(positive);
    if (kind == 'X')
        for (auto& character : buffer.first(text.view().size()))
            character = character >= 'a' ? static_cast<char>(character - 0x20) : character;
    return text.view();
}

// False for what it does not know.
bool convert(Output& output, char kind, Conversion const& how, Arguments& arguments)
{
    char buffer[24];
    switch (kind) {
    case '%':
        output.put('%');
        return true;
    case 'c':
        buffer[0] = static_cast<char>(va_arg(arguments.list, int));
        output.put({ buffer, 1 }, how);
        return true;
    case 's':
        output.put(text_of(va_arg(arguments.list, char const*), how.precision), how);
        return true;
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
        output.put(number_of(kind, how, arguments, buffer), how);
        return true;
    default:
        return false;
    }
}

} // namespace

} // namespace farl

extern "C" int vsnprintf(char* buffer, size_t size, char const* format, va_list list)
{
    farl::Output output(buffer, size);
    farl::Arguments arguments;
    va_copy(arguments.list, list);
    while (*format) {
        if (*format != '%') {
            output.put(*format++);
            continue;
        }
        ++format;
        auto how = farl::read_conversion(format, arguments);
        if (!*format || !farl::convert(output, *format++, how, arguments))
            break;
    }
    va_end(arguments.list);
    return output.finish();
}
