/* Signals from outside: says "ready", counts SIGUSR1 in a handler, tells who sent SIGRTMIN+1, ends at SIGTERM by its
 * own choice with status 3. */
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

static void tell_sender(int number, siginfo_t* info, void* context)
{
    (void)number, (void)context;
    dprintf(1, "code %d from %d of %d: %d\n", info->si_code, info->si_pid, info->si_uid,
        info->si_code == SI_QUEUE ? info->si_int : 0);
}

int main(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGTERM, &action, NULL);

    struct sigaction telling = { .sa_sigaction = tell_sender, .sa_flags = SA_SIGINFO };
    sigaction(SIGRTMIN + 1, &telling, NULL);

    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    (void)!write(1, "ready\n", 6);
    while (!ending)
        sigsuspend(&before);
    (void)!write(1, "ending\n", 7);
    return 3;
}
