// Two threads that compute, and take turns without a system call: each waits until the other has moved on. For as many
// scheduler ticks as that takes with one processor, which is why there are few turns.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { Turns = 40 };
static atomic_int turn;

static void* play(void* mine)
{
    for (int i = 0; i < Turns; ++i) {
        while (atomic_load(&turn) % 2 != *(int*)mine)
            ;
        atomic_fetch_add(&turn, 1);
    }
    return NULL;
}

int main(void)
{
    int first = 0, second = 1;
    pthread_t other;
    if (pthread_create(&other, NULL, play, &second))
        return 1;
    play(&first);
    pthread_join(other, NULL);
    return printf("%d\n", atomic_load(&turn)) < 0;
}
