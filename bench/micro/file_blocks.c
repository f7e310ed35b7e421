/* Reads or writes random blocks of 4 KiB of one file: file_blocks pread|pwrite FILE MILLISECONDS prints nanoseconds a
   call. All of the file is read once before. A file that is not there is made, of 16 MiB, and removed again. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { kBlock = 4096, kNewBlocks = 4096, kBatch = 1000 };

static char buffer[kBlock];

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void move_block(int file, int writes, uint64_t block)
{
    off_t offset = (off_t)(block * kBlock);
    ssize_t moved = writes ? pwrite(file, buffer, kBlock, offset) : pread(file, buffer, kBlock, offset);
    if (moved != kBlock) {
        perror("file_blocks");
        exit(1);
    }
}

static uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double measure(int file, int writes, uint64_t blocks, uint64_t duration_ns)
{
    uint64_t count = 0, start = now_ns(), elapsed = 0;
    while (elapsed < duration_ns) {
        for (int i = 0; i < kBatch; i++)
            move_block(file, writes, next_random() % blocks);
        count += kBatch;
        elapsed = now_ns() - start;
    }
    return (double)elapsed / (double)count;
}

int main(int argc, char** argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: file_blocks pread|pwrite FILE MILLISECONDS\n");
        return 2;
    }
    int writes = strcmp(argv[1], "pwrite") == 0;
    int file = open(argv[2], writes ? O_RDWR : O_RDONLY);
    if (file < 0) {
        file = open(argv[2], O_RDWR | O_CREAT | O_EXCL, 0600);
        unlink(argv[2]);
        for (uint64_t i = 0; file >= 0 && i < kNewBlocks; i++)
            move_block(file, 1, i);
    }
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0 || status.st_size < kBlock) {
        perror(argv[2]);
        return 1;
    }
    uint64_t blocks = (uint64_t)status.st_size / kBlock;
    for (uint64_t i = 0; i < blocks; i++)
        move_block(file, 0, i);
    printf("%.2f\n", measure(file, writes, blocks, strtoul(argv[3], NULL, 10) * 1000000));
    return 0;
}
