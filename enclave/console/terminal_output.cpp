#include "enclave/console/terminal_output.h"

#include <cstring>

namespace farl {

namespace {

constexpr unsigned kTabStop = 8;

} // namespace

bool TerminalOutput::make_room()
{
    if (!has_room() && begin_) {
        std::memmove(bytes_, bytes_ + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    return has_room();
}

void TerminalOutput::put_line_feed()
{
    if (settings_.c_oflag & ONLRET)
        column_ = 0;
    if (settings_.c_oflag & ONLCR) {
        column_ = 0;
        put_as_it_is('\r');
    }
    line_column_ = column_;
    put_as_it_is('\n');
}

void TerminalOutput::put_return()
{
    if ((settings_.c_oflag & ONOCR) && column_ == 0)
        return;
    bool becomes_line_feed = settings_.c_oflag & OCRNL;
    if (!becomes_line_feed || (settings_.c_oflag & ONLRET))
        line_column_ = column_ = 0;
    put_as_it_is(becomes_line_feed ? '\n' : '\r');
}

void TerminalOutput::put_tab()
{
    auto spaces = kTabStop - column_ % kTabStop;
    column_ += spaces;
    if ((settings_.c_oflag & TABDLY) != XTABS)
        return put_as_it_is('\t');
    while (spaces--)
        put_as_it_is(' ');
}

void TerminalOutput::put_other(uint8_t character)
{
    if ((settings_.c_oflag & OLCUC) && is_small_letter(character))
        character -= 'a' - 'A';
    bool is_continuation = (settings_.c_iflag & IUTF8) && (character & 0xc0) == 0x80;
    column_ += !is_control(character) && !is_continuation;
    put_as_it_is(character);
}

void TerminalOutput::put(uint8_t character)
{
    if (!(settings_.c_oflag & OPOST))
        return put_as_it_is(character);
    switch (character) {
    case '\n':
        return put_line_feed();
    case '\r':
        return put_return();
    case '\t':
        return put_tab();
    case '\b':
        move_back();
        return put_as_it_is(character);
    default:
        return put_other(character);
    }
}

size_t TerminalOutput::write(std::span<std::byte const> bytes)
{
    size_t count = 0;
    while (count < bytes.size() && make_room())
        put(static_cast<uint8_t>(bytes[count++]));
    return count;
}

void TerminalOutput::echo(uint8_t character)
{
    constexpr uint8_t kNotEchoedAsWritten = 0xff;
    if (!make_room())
        return;
    if ((settings_.c_lflag & ECHOCTL) && is_control(character) && character != '\t') {
        put_as_it_is('^');
        put_as_it_is(character ^ 0x40);
        column_ += 2;
    } else if (character == kNotEchoedAsWritten) {
        put_as_it_is(character);
        ++column_;
    } else {
        put(character);
    }
}

void TerminalOutput::echo_raw(uint8_t character)
{
    if (make_room())
        put(character);
}

void TerminalOutput::move_back()
{
    if (column_)
        --column_;
}

void TerminalOutput::erase_tab(unsigned count, bool is_after_tab)
{
    auto before = is_after_tab ? count : count + line_column_;
    for (auto left = kTabStop - before % kTabStop; left && make_room(); --left) {
        put_as_it_is('\b');
        move_back();
    }
}

size_t TerminalOutput::take(std::span<std::byte> to)
{
    auto count = size() < to.size() ? size() : to.size();
    std::memcpy(to.data(), bytes_ + begin_, count);
    begin_ += count;
    if (begin_ == end_)
        begin_ = end_ = 0;
    return count;
}

} // namespace farl
