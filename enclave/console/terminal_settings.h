// What a terminal is set to: termios(3), as the kernel has it, and what it is at first, as Linux has it for every
// terminal.
#pragma once

#include <asm/termbits.h>
#include <cstdint>

namespace farl {

using TerminalSettings = struct termios2;

constexpr TerminalSettings default_terminal_settings()
{
    TerminalSettings settings {};
    settings.c_iflag = ICRNL | IXON;
    settings.c_oflag = OPOST | ONLCR;
    settings.c_cflag = B38400 | CS8 | CREAD;
    settings.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
    settings.c_ispeed = settings.c_ospeed = 38400;
    constexpr auto control = [](char letter) { return static_cast<cc_t>(letter & 0x1f); };
    settings.c_cc[VINTR] = control('C');
    settings.c_cc[VQUIT] = control('\\');
    settings.c_cc[VERASE] = 0x7f;
    settings.c_cc[VKILL] = control('U');
    settings.c_cc[VEOF] = control('D');
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VSTART] = control('Q');
    settings.c_cc[VSTOP] = control('S');
    settings.c_cc[VSUSP] = control('Z');
    settings.c_cc[VREPRINT] = control('R');
    settings.c_cc[VDISCARD] = control('O');
    settings.c_cc[VWERASE] = control('W');
    settings.c_cc[VLNEXT] = control('V');
    return settings;
}

// A character as the kernel's ctype has it: Latin-1, without the control characters above 127.
constexpr bool is_control(uint8_t character) { return character < 0x20 || character == 0x7f; }
constexpr bool is_capital_letter(uint8_t character)
{
    return (character >= 'A' && character <= 'Z') || (character >= 0xc0 && character <= 0xde && character != 0xd7);
}
constexpr bool is_small_letter(uint8_t character)
{
    return (character >= 'a' && character <= 'z') || (character >= 0xdf && character != 0xf7);
}
constexpr bool is_letter_or_digit(uint8_t character)
{
    return is_capital_letter(character) || is_small_letter(character) || (character >= '0' && character <= '9');
}

} // namespace farl
