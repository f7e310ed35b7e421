// LineDiscipline: what a terminal makes of what is typed, as Linux does (N_TTY): lines that can be edited, or
// characters as they come; echoes; keys that are signals or stop the output. Pure: it neither waits nor sends. The
// caller's lock guards it.
#pragma once

#include "enclave/console/terminal_output.h"

namespace farl {

class LineDiscipline {
public:
    static constexpr size_t kQueueSize = 4096; // as in Linux

    LineDiscipline() = default;
    LineDiscipline(LineDiscipline const&) = delete;
    LineDiscipline& operator=(LineDiscipline const&) = delete;

    TerminalSettings const& settings() const { return settings_; }
    void set_settings(TerminalSettings const& settings);
    bool is_canonical() const { return settings_.c_lflag & ICANON; }
    unsigned character(unsigned which) const { return settings_.c_cc[which]; }

    // Whether a typed character would find room; without, it has to wait. A line that is too long loses its last ones.
    bool can_receive() const;
    // A character was typed. The signal that it means, or 0.
    int receive(uint8_t character);
    // Nothing more is typed: what there is of a line is one.
    void finish_input();

    // Whether read(2) would give something; not in lines: at least so many characters.
    bool has_input(size_t least = 1) const;
    // TIOCINQ
    size_t input_size() const;
    struct Taken {
        size_t count;
        bool is_all; // of the line, or of what there is
    };
    Taken take(std::span<std::byte> to);
    void flush_input();

    TerminalOutput& output() { return output_; }
    bool is_stopped() const { return is_stopped_; }
    void stop() { is_stopped_ = true; }
    void start() { is_stopped_ = false; }

private:
    bool has(tcflag_t local_flag) const { return settings_.c_lflag & local_flag; }
    bool extends() const { return settings_.c_lflag & IEXTEN; }
    bool is_key(uint8_t character, unsigned which) const { return character && character == settings_.c_cc[which]; }
    bool is_special(uint8_t character) const;
    bool is_special_in_lines(uint8_t character) const;
    uint8_t stripped(uint8_t character) const;

    uint8_t at(uint64_t place) const { return queue_[place % kQueueSize]; }
    bool is_line_end(uint64_t place) const { return line_ends_[place % kQueueSize]; }
    void put(uint8_t character);
    void put_line_end(uint8_t character);
    void receive_plain(uint8_t character);
    int receive_special(uint8_t character);
    bool receive_flow_control(uint8_t character);
    int receive_signal(uint8_t character);
    bool receive_in_line(uint8_t character);
    void echo_typed(uint8_t character);
    void put_text(uint8_t character);
    void start_by_any_key();
    void receive_literal_next();
    void reprint();
    Taken take_from_line(std::span<std::byte> to);

    // Editing of a line: line_editing.cpp
    void erase(uint8_t key);
    bool drop_line(uint8_t key);
    uint64_t start_of_last() const;
    void erase_characters(uint8_t key);
    void show_erased(uint64_t from, uint64_t end, uint8_t key);
    void show_erased_tab();
    void finish_erasing();
    bool is_continuation(uint8_t character) const { return (settings_.c_iflag & IUTF8) && (character & 0xc0) == 0x80; }

    TerminalSettings settings_ { default_terminal_settings() };
    TerminalOutput output_ { settings_ };
    bool is_stopped_ { false };
    bool is_literal_ { false }; // the next character is
    bool is_erasing_ { false }; // between \ and / of ECHOPRT
    // Places in the queue. What is before line_end_ can be read in lines.
    uint64_t begin_ { 0 }, line_end_ { 0 }, end_ { 0 };
    uint8_t queue_[kQueueSize];
    bool line_ends_[kQueueSize] {};
};

} // namespace farl
