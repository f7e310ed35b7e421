/* Uses 7 MiB of an 8 MiB stack by recursion, and then one frame of 6 MiB, touched from its far end. */
#include <stdio.h>
#include <string.h>

enum { kFrame = 1024, kDepth = 7 << 10 };

__attribute__((noinline)) static unsigned descend(unsigned depth)
{
    volatile unsigned char frame[kFrame];
    memset((void*)frame, (int)depth, sizeof frame);
    if (depth == 0)
        return 0;
    return descend(depth - 1) + frame[depth % kFrame];
}

__attribute__((noinline)) static unsigned touch_far_end(void)
{
    volatile unsigned char frame[6 << 20];
    frame[0] = 3;
    frame[sizeof frame - 1] = 4;
    return frame[0] + frame[sizeof frame - 1];
}

int main(void)
{
    /* Each frame holds somewhat more than its array. */
    printf("recursion %u\n", descend(kDepth - (kDepth >> 4)));
    printf("one frame %u\n", touch_far_end());
    return 0;
}
