/* Signals from outside: says "ready", counts SIGUSR1 in a handler, ends at SIGTERM by its own choice with status 3. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t ending;

static void on_signal(int number)
{
    if (number == SIGTERM)
        ending = 1;
    else
        (void)!write(1, "USR1\n", 5);
}

int main(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGTERM, &action, NULL);

    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    (void)!write(1, "ready\n", 6);
    while (!ending)
        sigsuspend(&before);
    (void)!write(1, "ending\n", 7);
    return 3;
}
