#include "owner/console/local_terminal.h"

#include <cerrno>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace farl::owner {

namespace {

constexpr int kEnding[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

// For the signal handlers.
struct State {
    int descriptor { -1 };
    pid_t companion { 0 };
    termios original {}, raw {};
    volatile sig_atomic_t is_raw { 0 };
    volatile sig_atomic_t was_resized { 0 };
};
State state;

void restore()
{
    if (state.is_raw)
        tcsetattr(state.descriptor, TCSADRAIN, &state.original);
}

// The signal stays blocked until the handler is left; then it does what it always does.
void end(int signal)
{
    restore();
    if (state.companion > 0)
        kill(state.companion, signal);
    std::signal(signal, SIG_DFL);
    raise(signal);
}

void stop(int)
{
    auto kept = errno;
    restore();
    raise(SIGSTOP);
    errno = kept;
}

void go_on(int)
{
    auto kept = errno;
    if (state.is_raw)
        tcsetattr(state.descriptor, TCSADRAIN, &state.raw);
    state.was_resized = 1;
    errno = kept;
}

void resize(int) { state.was_resized = 1; }

void handle(int signal, void (*handler)(int))
{
    struct sigaction action { };
    action.sa_handler = handler;
    sigfillset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
}

} // namespace

LocalTerminal::LocalTerminal(int descriptor, pid_t companion) : descriptor_(descriptor)
{
    state = State {};
    state.descriptor = descriptor;
    state.companion = companion;
    sigset_t resizing;
    sigemptyset(&resizing);
    sigaddset(&resizing, SIGWINCH);
    sigprocmask(SIG_BLOCK, &resizing, &mask_);
    sigdelset(&mask_, SIGWINCH);
    for (int signal : kEnding)
        handle(signal, end);
    handle(SIGWINCH, resize);
    handle(SIGTSTP, stop);
    handle(SIGCONT, go_on);
}

LocalTerminal::~LocalTerminal()
{
    restore();
    state.is_raw = 0;
    for (int signal : { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH, SIGTSTP, SIGCONT })
        std::signal(signal, SIG_DFL);
}

formats::ConsoleWindow LocalTerminal::window() const
{
    winsize size {};
    if (descriptor_ < 0 || ioctl(descriptor_, TIOCGWINSZ, &size))
        return { .rows = 24, .columns = 80, .width = 0, .height = 0 };
    return { size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel };
}

void LocalTerminal::make_raw()
{
    if (descriptor_ < 0 || state.is_raw || tcgetattr(descriptor_, &state.original))
        return;
    state.raw = state.original;
    cfmakeraw(&state.raw);
    state.is_raw = 1; // before it is: a signal in between changes nothing
    tcsetattr(descriptor_, TCSADRAIN, &state.raw);
}

bool LocalTerminal::was_resized()
{
    bool was = state.was_resized;
    state.was_resized = 0;
    return was;
}

} // namespace farl::owner
