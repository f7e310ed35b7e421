// Terminal: ioctl_tty(2).
#include "enclave/console/terminal.h"

#include <csignal>
#include <sys/ioctl.h>

namespace farl {

namespace {

constexpr tcflag_t kOfAnyLine = CS8 | CREAD; // a pseudo-terminal has no other ones

enum When { AtOnce, Drained, Flushed };

} // namespace

void Terminal::set_settings(TerminalSettings const& settings, bool flushes)
{
    auto taken = settings;
    taken.c_cflag = (taken.c_cflag & ~static_cast<tcflag_t>(CSIZE | PARENB)) | kOfAnyLine;
    LockGuard guard(lock_);
    if (flushes)
        discipline_.flush_input();
    discipline_.set_settings(taken);
    changed();
}

void Terminal::set_window(formats::ConsoleWindow const& window)
{
    {
        LockGuard guard(lock_);
        if (window_ == window)
            return;
        window_ = window;
    }
    process_.send_signal(SIGWINCH);
}

void Terminal::flush(bool input, bool output)
{
    LockGuard guard(lock_);
    if (input)
        discipline_.flush_input();
    if (output)
        discipline_.output().discard();
    changed();
}

void Terminal::stop_or_start(bool stops)
{
    {
        LockGuard guard(lock_);
        stops ? discipline_.stop() : discipline_.start();
        changed();
    }
    LockGuard writing(writing_);
    (void)show(true);
}

Result<uint64_t> Terminal::control_settings(uint64_t request, uint64_t argument)
{
    TerminalSettings settings;
    {
        LockGuard guard(lock_);
        settings = discipline_.settings();
    }
    struct termios classic; // the beginning of the other
    auto set_classic = [&](When when) -> Result<uint64_t> {
        classic = TRY(UserIn<struct termios> { argument }.read());
        memcpy(&settings, &classic, sizeof(classic));
        set_settings(settings, when == Flushed);
        return uint64_t { 0 };
    };
    auto set_all = [&](When when) -> Result<uint64_t> {
        set_settings(TRY(UserIn<TerminalSettings> { argument }.read()), when == Flushed);
        return uint64_t { 0 };
    };
    switch (request) {
    case TCGETS:
        memcpy(&classic, &settings, sizeof(classic));
        TRY(UserOut<struct termios> { argument }.write(classic));
        return uint64_t { 0 };
    case TCSETS:
        return set_classic(AtOnce);
    case TCSETSW:
        return set_classic(Drained);
    case TCSETSF:
        return set_classic(Flushed);
    case TCGETS2:
        TRY(UserOut<TerminalSettings> { argument }.write(settings));
        return uint64_t { 0 };
    case TCSETS2:
        return set_all(AtOnce);
    case TCSETSW2:
        return set_all(Drained);
    case TCSETSF2:
        return set_all(Flushed);
    default:
        return control_flow(request, argument);
    }
}

Result<uint64_t> Terminal::control_flow(uint64_t request, uint64_t argument)
{
    switch (request) {
    case TCSBRK: // what is written is on its way when write(2) returns
    case TCSBRKP:
        return uint64_t { 0 };
    case TCXONC:
        if (argument > TCION)
            return Errno::Einval;
        if (argument == TCOOFF || argument == TCOON)
            stop_or_start(argument == TCOOFF);
        return uint64_t { 0 };
    case TCFLSH:
        if (argument > TCIOFLUSH)
            return Errno::Einval;
        flush(argument != TCOFLUSH, argument != TCIFLUSH);
        return uint64_t { 0 };
    default:
        return control_process(request, argument);
    }
}

// The process is the only one that is here, so it is in the foreground.
Result<uint64_t> Terminal::control_process(uint64_t request, uint64_t argument)
{
    switch (request) {
    case TIOCGPGRP:
        TRY(UserOut<int> { argument }.write(TRY(process_.group())));
        return uint64_t { 0 };
    case TIOCSPGRP:
        if (TRY(UserIn<int> { argument }.read()) != TRY(process_.group()))
            return Errno::Eperm;
        return uint64_t { 0 };
    case TIOCGSID:
        TRY(UserOut<int> { argument }.write(TRY(process_.session())));
        return uint64_t { 0 };
    case TIOCSCTTY: // it is that already
        return uint64_t { 0 };
    default:
        return Errno::Enotty;
    }
}

Result<uint64_t> Terminal::control(uint64_t request, uint64_t argument)
{
    auto write = [&](auto value) -> Result<uint64_t> {
        TRY(UserOut<decltype(value)> { argument }.write(value));
        return uint64_t { 0 };
    };
    auto look = [&](auto const& of) {
        LockGuard guard(lock_);
        return of();
    };
    switch (request) {
    case TIOCGWINSZ:
        return write(look([&] { return window_; }));
    case TIOCSWINSZ:
        set_window(TRY(UserIn<formats::ConsoleWindow> { argument }.read()));
        return uint64_t { 0 };
    case TIOCINQ:
        return write(static_cast<int>(look([&] { return discipline_.input_size(); })));
    case TIOCOUTQ:
        return write(static_cast<int>(look([&] { return discipline_.output().size(); })));
    case TIOCGETD:
        return write(int { N_TTY });
    default:
        return control_settings(request, argument);
    }
}

} // namespace farl
