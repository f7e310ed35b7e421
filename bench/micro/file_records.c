/* One file in records of one size, as IOZone does it: file_records OPERATION RECORD_BYTES FILE_BYTES FILE prints MB/s
   (of a million bytes). OPERATION is write (a new file), rewrite, read, reread, random-read or random-write. All but
   write are of a file that was written just before, in full; reread has read it once, too. One pass over the file
   counts, without opening, synchronising and closing it. The file is removed at the end. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef uint64_t Order(uint64_t record, uint64_t records);

struct Operation {
    const char* name;
    int is_write, passes_before; /* of writing, then of reading for reread */
    Order* order;
};

static char* buffer;
static size_t record_bytes;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint64_t in_order(uint64_t record, uint64_t records)
{
    (void)records;
    return record;
}

/* As many draws as there are records; some come twice, some never. */
static uint64_t at_random(uint64_t record, uint64_t records)
{
    uint64_t mixed = (record + 1) * 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    return (mixed ^ (mixed >> 27)) % records;
}

static const struct Operation operations[] = {
    { "write", 1, 0, in_order },
    { "rewrite", 1, 1, in_order },
    { "read", 0, 1, in_order },
    { "reread", 0, 2, in_order },
    { "random-write", 1, 1, at_random },
    { "random-read", 0, 1, at_random },
};

static void pass(int file, int is_write, Order* order, uint64_t records)
{
    for (uint64_t i = 0; i < records; i++) {
        off_t offset = (off_t)(order(i, records) * record_bytes);
        ssize_t moved =
            is_write ? pwrite(file, buffer, record_bytes, offset) : pread(file, buffer, record_bytes, offset);
        if (moved != (ssize_t)record_bytes) {
            perror("file_records");
            exit(1);
        }
    }
}

static double megabytes_per_second(const struct Operation* operation, int file, uint64_t records)
{
    if (operation->passes_before > 0)
        pass(file, 1, in_order, records);
    if (operation->passes_before > 1)
        pass(file, 0, in_order, records);
    double start = now_s();
    pass(file, operation->is_write, operation->order, records);
    return (double)(records * record_bytes) / 1e6 / (now_s() - start);
}

static const struct Operation* named(const char* name)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    return NULL;
}

int main(int argc, char** argv)
{
    const struct Operation* operation = argc == 5 ? named(argv[1]) : NULL;
    record_bytes = operation ? strtoul(argv[2], NULL, 10) : 0;
    uint64_t records = record_bytes ? strtoull(argv[3], NULL, 10) / record_bytes : 0;
    if (records == 0) {
        fprintf(stderr,
            "usage: file_records write|rewrite|read|reread|random-read|random-write RECORD_BYTES FILE_BYTES FILE\n");
        return 2;
    }
    buffer = malloc(record_bytes);
    int file = open(argv[4], O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (buffer == NULL || file < 0) {
        perror(argv[4]);
        return 1;
    }
    memset(buffer, 'x', record_bytes);
    printf("%.2f\n", megabytes_per_second(operation, file, records));
    return unlink(argv[4]) != 0;
}
