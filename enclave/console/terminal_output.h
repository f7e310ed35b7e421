// TerminalOutput: what a program writes to its terminal and what is echoed there, on the way out: processed as
// termios(3) says (OPOST), in one queue. Knows the column, which erasing needs. The caller's lock guards it.
#pragma once

#include "enclave/console/terminal_settings.h"

#include <cstddef>
#include <span>

namespace farl {

class TerminalOutput {
public:
    static constexpr size_t kRoom = 8192;

    explicit TerminalOutput(TerminalSettings const& settings) : settings_(settings) { }

    // Of the program. How many bytes there was room for.
    size_t write(std::span<std::byte const> bytes);

    // Echoes. What finds no room is not echoed.
    void echo(uint8_t character);     // visibly, if it is a control character and ECHOCTL is set
    void echo_raw(uint8_t character); // as if the program had written it
    void begin_line() { line_column_ = column_; }
    void move_back();
    // A tab that `count` columns of the line come before; or of what follows the tab before it.
    void erase_tab(unsigned count, bool is_after_tab);

    // What is to go out, which goes once it was taken: at most to.size() bytes.
    size_t take(std::span<std::byte> to);
    void discard() { begin_ = end_ = 0; }
    size_t size() const { return end_ - begin_; }

private:
    static constexpr size_t kLongest = 8; // what one character may become: a tab in spaces

    bool has_room() const { return kRoom - end_ >= kLongest; }
    bool make_room();
    void put(uint8_t character);
    void put_as_it_is(uint8_t character) { bytes_[end_++] = static_cast<std::byte>(character); }
    void put_line_feed();
    void put_return();
    void put_tab();
    void put_other(uint8_t character);

    TerminalSettings const& settings_;
    unsigned column_ { 0 };
    unsigned line_column_ { 0 }; // where what is being typed begins
    size_t begin_ { 0 }, end_ { 0 };
    std::byte bytes_[kRoom];
};

} // namespace farl
