#include "enclave/console/line_discipline.h"

#include <algorithm>
#include <csignal>

namespace farl {

namespace {

constexpr uint8_t kEndOfInput = 0; // in the queue, as a line end: VEOF was typed. It is not read
constexpr uint8_t kParityMark = 0xff;

} // namespace

void LineDiscipline::set_settings(TerminalSettings const& settings)
{
    auto changed = settings.c_lflag ^ settings_.c_lflag;
    if (!(settings.c_iflag & IXON) && (settings_.c_iflag & IXON))
        is_stopped_ = false;
    settings_ = settings;
    if (!(changed & ICANON))
        return;
    std::ranges::fill(line_ends_, false);
    line_end_ = begin_;
    if (is_canonical() && end_ != begin_) { // what was not read yet is a line now
        line_ends_[(end_ - 1) % kQueueSize] = true;
        line_end_ = end_;
    }
    is_erasing_ = is_literal_ = false;
}

// ---- the queue

bool LineDiscipline::can_receive() const
{
    constexpr size_t kMarked = 3; // what a character may take with PARMRK
    auto room = kQueueSize - (end_ - begin_);
    bool is_unfinished_line = is_canonical() && line_end_ == begin_;
    return room > (settings_.c_iflag & PARMRK ? kMarked : 1) || is_unfinished_line;
}

void LineDiscipline::put(uint8_t character)
{
    if (end_ - begin_ == kQueueSize)
        --end_; // can_receive(): of a line without an end
    queue_[end_ % kQueueSize] = character;
    line_ends_[end_ % kQueueSize] = false;
    ++end_;
}

void LineDiscipline::put_line_end(uint8_t character)
{
    put(character);
    line_ends_[(end_ - 1) % kQueueSize] = true;
    line_end_ = end_;
}

void LineDiscipline::finish_input()
{
    if (is_canonical() && end_ != line_end_)
        put_line_end(kEndOfInput);
}

bool LineDiscipline::has_input(size_t least) const
{
    return is_canonical() ? line_end_ != begin_ : end_ - begin_ >= least;
}

size_t LineDiscipline::input_size() const
{
    if (!is_canonical())
        return end_ - begin_;
    size_t count = 0;
    for (auto place = begin_; place != line_end_; ++place)
        count += !(is_line_end(place) && at(place) == kEndOfInput);
    return count;
}

void LineDiscipline::flush_input()
{
    begin_ = line_end_ = end_;
    is_erasing_ = false;
}

// One character further than there is room for: so an end of input right behind what fits goes with it, and is not
// taken for one of its own by the next read(2).
LineDiscipline::Taken LineDiscipline::take_from_line(std::span<std::byte> to)
{
    auto end = begin_ + std::min<uint64_t>(to.size() + 1, line_end_ - begin_);
    auto place = begin_;
    while (place != end && !is_line_end(place))
        ++place;
    bool is_found = place != end;
    bool is_end_of_input = is_found && at(place) == kEndOfInput;
    auto count = place - begin_ + (is_found && !is_end_of_input);
    if (count > to.size()) {
        count = to.size();
        is_found = false;
    }
    for (size_t i = 0; i < count; ++i)
        to[i] = static_cast<std::byte>(at(begin_ + i));
    begin_ += count + is_end_of_input;
    return { count, is_found || begin_ == line_end_ };
}

LineDiscipline::Taken LineDiscipline::take(std::span<std::byte> to)
{
    if (is_canonical())
        return take_from_line(to);
    auto count = std::min<size_t>(to.size(), end_ - begin_);
    for (size_t i = 0; i < count; ++i)
        to[i] = static_cast<std::byte>(at(begin_ + i));
    begin_ += count;
    return { count, begin_ == end_ };
}

// ---- what is typed

uint8_t LineDiscipline::stripped(uint8_t character) const
{
    if (settings_.c_iflag & ISTRIP)
        character &= 0x7f;
    bool becomes_small = (settings_.c_iflag & IUCLC) && extends() && is_capital_letter(character);
    return becomes_small ? character + ('a' - 'A') : character;
}

bool LineDiscipline::is_special_in_lines(uint8_t character) const
{
    if (character == '\n')
        return true;
    for (auto which : { VERASE, VKILL, VEOF, VEOL })
        if (is_key(character, which))
            return true;
    return extends()
        && (is_key(character, VWERASE) || is_key(character, VLNEXT) || is_key(character, VEOL2)
            || (has(ECHO) && is_key(character, VREPRINT)));
}

// Others are what they are, whatever they would mean in another mode.
bool LineDiscipline::is_special(uint8_t character) const
{
    if (character == 0)
        return false;
    if (character == '\r' && (settings_.c_iflag & (IGNCR | ICRNL)))
        return true;
    if (character == '\n' && (settings_.c_iflag & INLCR))
        return true;
    if ((settings_.c_iflag & IXON) && (is_key(character, VSTART) || is_key(character, VSTOP)))
        return true;
    if (has(ISIG) && (is_key(character, VINTR) || is_key(character, VQUIT) || is_key(character, VSUSP)))
        return true;
    return is_canonical() && is_special_in_lines(character);
}

void LineDiscipline::start_by_any_key()
{
    if ((settings_.c_iflag & (IXON | IXANY)) == (IXON | IXANY))
        is_stopped_ = false;
}

void LineDiscipline::echo_typed(uint8_t character)
{
    if (line_end_ == end_)
        output_.begin_line();
    output_.echo(character);
}

void LineDiscipline::receive_plain(uint8_t character)
{
    start_by_any_key();
    if (has(ECHO)) {
        finish_erasing();
        echo_typed(character);
    }
    put_text(character);
}

// Into the queue; a parity mark of its own is marked as no mark.
void LineDiscipline::put_text(uint8_t character)
{
    if (character == kParityMark && (settings_.c_iflag & PARMRK))
        put(character);
    put(character);
}

bool LineDiscipline::receive_flow_control(uint8_t character)
{
    if (!(settings_.c_iflag & IXON))
        return false;
    if (is_key(character, VSTART)) {
        start();
        return true;
    }
    if (!is_key(character, VSTOP))
        return false;
    stop();
    return true;
}

int LineDiscipline::receive_signal(uint8_t character)
{
    int signal = !has(ISIG)        ? 0
        : is_key(character, VINTR) ? SIGINT
        : is_key(character, VQUIT) ? SIGQUIT
        : is_key(character, VSUSP) ? SIGTSTP
                                   : 0;
    if (!signal)
        return 0;
    if (!has(NOFLSH)) {
        output_.discard();
        flush_input();
    }
    if (settings_.c_iflag & IXON)
        start();
    if (has(ECHO))
        output_.echo(character);
    return signal;
}

void LineDiscipline::receive_literal_next()
{
    is_literal_ = true;
    if (!has(ECHO))
        return;
    finish_erasing();
    if (has(ECHOCTL)) {
        output_.echo_raw('^');
        output_.echo_raw('\b');
    }
}

void LineDiscipline::reprint()
{
    finish_erasing();
    output_.echo(settings_.c_cc[VREPRINT]);
    output_.echo_raw('\n');
    for (auto place = line_end_; place != end_; ++place)
        output_.echo(at(place));
}

// Whether the character was one of those that make lines.
bool LineDiscipline::receive_in_line(uint8_t character)
{
    if (is_key(character, VERASE) || is_key(character, VKILL) || (is_key(character, VWERASE) && extends()))
        erase(character);
    else if (is_key(character, VLNEXT) && extends())
        receive_literal_next();
    else if (is_key(character, VREPRINT) && has(ECHO) && extends())
        reprint();
    else if (character == '\n') {
        if (has(ECHO) || has(ECHONL))
            output_.echo_raw('\n');
        put_line_end('\n');
    } else if (is_key(character, VEOF)) {
        put_line_end(kEndOfInput);
    } else if (is_key(character, VEOL) || (is_key(character, VEOL2) && extends())) {
        if (has(ECHO))
            echo_typed(character);
        if (character == kParityMark && (settings_.c_iflag & PARMRK))
            put(character);
        put_line_end(character);
    } else {
        return false;
    }
    return true;
}

int LineDiscipline::receive_special(uint8_t character)
{
    if (receive_flow_control(character))
        return 0;
    if (auto signal = receive_signal(character))
        return signal;
    start_by_any_key();
    if (character == '\r') {
        if (settings_.c_iflag & IGNCR)
            return 0;
        if (settings_.c_iflag & ICRNL)
            character = '\n';
    } else if (character == '\n' && (settings_.c_iflag & INLCR)) {
        character = '\r';
    }
    if (is_canonical() && receive_in_line(character))
        return 0;
    if (has(ECHO)) {
        finish_erasing();
        if (character == '\n')
            output_.echo_raw('\n');
        else
            echo_typed(character);
    }
    put_text(character);
    return 0;
}

int LineDiscipline::receive(uint8_t character)
{
    character = stripped(character);
    if (!is_literal_ && is_special(character))
        return receive_special(character);
    is_literal_ = false;
    receive_plain(character);
    return 0;
}

} // namespace farl
