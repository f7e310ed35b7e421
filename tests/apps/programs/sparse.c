/* Two GiB of anonymous memory, touched sparsely: zero at first, then holding what was written, then given back. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static const size_t kSize = 2ul << 30;
static const size_t kStride = (1 << 20) + 4096 + 8;

static int fill(char* memory, int64_t expected_offset)
{
    for (size_t at = 0; at + sizeof(int64_t) <= kSize; at += kStride) {
        int64_t* word = (int64_t*)(memory + at);
        if (*word != (expected_offset < 0 ? 0 : (int64_t)at + expected_offset))
            return 0;
        *word = (int64_t)at + expected_offset + 1;
    }
    return 1;
}

int main(void)
{
    char* memory = mmap(NULL, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    printf("zero at first: %d\n", fill(memory, -1));
    printf("kept: %d\n", fill(memory, 0));
    if (madvise(memory, kSize, MADV_DONTNEED) != 0)
        perror("madvise");
    printf("zero after MADV_DONTNEED: %d\n", fill(memory, -1));
    if (munmap(memory, kSize) != 0)
        perror("munmap");

    char* again = calloc(1, kSize);
    printf("calloc: %d\n", again != NULL && again[kSize - 1] == 0);
    free(again);
    return 0;
}
