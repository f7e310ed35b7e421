/* What a program sees of its terminal. It says "ready" when it waits for a key, and ends at the key 'q'. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t arrived;

static void on_signal(int number) { arrived = number; }

/* The signals stay blocked but while the program waits, so that none comes between its lines. */
static sigset_t handle_signals(void)
{
    static const int kNumbers[] = { SIGINT, SIGQUIT, SIGWINCH };
    struct sigaction action = { .sa_handler = on_signal };
    sigset_t blocked, before;
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof kNumbers / sizeof kNumbers[0]; i++) {
        sigaction(kNumbers[i], &action, NULL);
        sigaddset(&blocked, kNumbers[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, &before);
    return before;
}

static void show_size(const char* what)
{
    struct winsize size;
    if (ioctl(0, TIOCGWINSZ, &size) == 0)
        printf("%s %d x %d\n", what, size.ws_col, size.ws_row);
}

static void show_signal(void)
{
    printf("signal %s\n", strsignal(arrived));
    if (arrived == SIGWINCH)
        show_size("resized");
    printf("ready\n");
}

static void read_keys(sigset_t while_waiting)
{
    char key = 0;
    while (key != 'q') {
        struct pollfd keyboard = { .fd = 0, .events = POLLIN };
        if (ppoll(&keyboard, 1, NULL, &while_waiting) < 0)
            show_signal();
        else if (read(0, &key, 1) == 1)
            printf("key %d\n", key);
        else
            return;
    }
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("terminal: %d %d %d\n", isatty(0), isatty(1), isatty(2));
    show_size("size");

    struct termios original;
    if (tcgetattr(0, &original) != 0) {
        perror("tcgetattr");
        return 1;
    }
    sigset_t while_waiting = handle_signals();
    struct termios raw = original;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    tcsetattr(0, TCSAFLUSH, &raw);
    printf("foreground: %d, session: %d\n", tcgetpgrp(0) == getpgrp(), tcgetsid(0) == getsid(0));
    printf("ready\n");
    read_keys(while_waiting);
    tcsetattr(0, TCSAFLUSH, &original);
    printf("done\n");
    return 0;
}
