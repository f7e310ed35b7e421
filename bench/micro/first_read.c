// Prints how many nanoseconds the first open(2) of a file takes, and a read of 4 KiB at an offset.
//
// Usage: first_read PATH OFFSET
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int count, char** arguments)
{
    static char block[4096];
    if (count != 3)
        return 2;
    double const start = now_ns();
    int const file = open(arguments[1], O_RDONLY);
    double const opened = now_ns();
    if (file < 0 || pread(file, block, sizeof(block), atoll(arguments[2])) != sizeof(block)) {
        perror(arguments[1]);
        return 1;
    }
    printf("%.0f %.0f\n", opened - start, now_ns() - opened);
    return 0;
}
