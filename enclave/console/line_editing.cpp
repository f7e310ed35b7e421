// LineDiscipline: erasing characters, words and lines, and what is shown of that.
#include "enclave/console/line_discipline.h"

namespace farl {

void LineDiscipline::finish_erasing()
{
    if (is_erasing_)
        output_.echo_raw('/');
    is_erasing_ = false;
}

// VKILL where what was typed cannot be taken from the screen: the key is shown, and a new line.
bool LineDiscipline::drop_line(uint8_t key)
{
    constexpr tcflag_t kErasesOnScreen = ECHOK | ECHOKE | ECHOE;
    if (has(ECHO) && (settings_.c_lflag & kErasesOnScreen) == kErasesOnScreen)
        return false;
    end_ = line_end_;
    if (!has(ECHO))
        return true;
    finish_erasing();
    output_.echo(key);
    if (has(ECHOK))
        output_.echo_raw('\n');
    return true;
}

void LineDiscipline::erase(uint8_t key)
{
    if (end_ == line_end_)
        return;
    bool kills = !is_key(key, VERASE) && !(is_key(key, VWERASE) && extends());
    if (kills && drop_line(key))
        return;
    erase_characters(key);
    if (end_ == line_end_ && has(ECHO))
        finish_erasing();
}

// Of a character of several bytes (IUTF8) the first one.
uint64_t LineDiscipline::start_of_last() const
{
    auto place = end_;
    do
        --place;
    while (is_continuation(at(place)) && place != line_end_);
    return place;
}

void LineDiscipline::erase_characters(uint8_t key)
{
    bool is_one = is_key(key, VERASE);
    bool is_word = !is_one && is_key(key, VWERASE) && extends();
    bool is_in_word = false;
    while (end_ != line_end_) {
        auto place = start_of_last();
        auto character = at(place);
        if (is_continuation(character))
            return; // its beginning is gone
        if (is_word) {
            bool is_of_word = is_letter_or_digit(character) || character == '_';
            if (is_in_word && !is_of_word)
                return;
            is_in_word |= is_of_word;
        }
        auto end = end_;
        end_ = place;
        if (has(ECHO))
            show_erased(place, end, key);
        if (is_one)
            return;
    }
}

void LineDiscipline::show_erased(uint64_t from, uint64_t end, uint8_t key)
{
    auto character = at(from);
    if (has(ECHOPRT)) {
        if (!is_erasing_)
            output_.echo_raw('\\');
        is_erasing_ = true;
        output_.echo(character);
        while (++from != end) {
            output_.echo_raw(at(from));
            output_.move_back();
        }
    } else if (is_key(key, VERASE) && !has(ECHOE)) {
        output_.echo(key);
    } else if (character == '\t') {
        show_erased_tab();
    } else {
        auto columns = !is_control(character) ? 1 : has(ECHOCTL) ? 2 : 0;
        while (columns--)
            for (auto step : { '\b', ' ', '\b' })
                output_.echo_raw(static_cast<uint8_t>(step));
    }
}

// Its width depends on what comes before it.
void LineDiscipline::show_erased_tab()
{
    unsigned count = 0;
    bool is_after_tab = false;
    for (auto place = end_; place != line_end_;) {
        auto character = at(--place);
        if (character == '\t') {
            is_after_tab = true;
            break;
        }
        if (is_control(character))
            count += has(ECHOCTL) ? 2 : 0;
        else
            count += !is_continuation(character);
    }
    output_.erase_tab(count, is_after_tab);
}

} // namespace farl
