/* Writes a file through a shared mapping, which is unmapped and not synchronised: what was written is in the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { kSize = 3 * 4096 };

int main(void)
{
    char name[] = "/tmp/farl-unmapping-XXXXXX";
    int file = mkstemp(name);
    if (file < 0 || unlink(name) != 0 || ftruncate(file, kSize) != 0)
        return 1;
    char* memory = mmap(NULL, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED)
        return 2;
    memset(memory, 'm', kSize);
    if (munmap(memory, kSize) != 0)
        return 3;

    char bytes[kSize];
    if (pread(file, bytes, kSize, 0) != kSize)
        return 4;
    for (int i = 0; i < kSize; ++i)
        if (bytes[i] != 'm')
            return 5;
    return 0;
}
