// Random operations on one file, and after each a look whether the file is what a list of bytes says it should be.
//   random_file DIRECTORY SEED STEPS
// Prints how many steps of each kind there were, and exits with 1 at the first difference.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kLargest = 3 << 20, kLongest = 150 << 10 };

static uint8_t model[kLargest], buffer[kLongest], other[kLongest];
static size_t model_size;
static int file, appending;
static char path[4096], second_path[4096];
static unsigned long step;
static uint64_t state;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

// Below `end`; small numbers, multiples of a page and their neighbours more often than others.
static size_t pick(size_t end)
{
    size_t value = next_random() % end;
    switch (next_random() % 4) {
    case 0:
        value = value / 4096 * 4096 + next_random() % 3;
        return value ? value - 1 : 0;
    case 1:
        return value % 300;
    default:
        return value;
    }
}

__attribute__((format(printf, 1, 2), noreturn)) static void fail(char const* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "step %lu: ", step);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, " (%s)\n", strerror(errno));
    exit(1);
}

static void check_same(char const* what, size_t offset, uint8_t const* bytes, size_t size)
{
    for (size_t i = 0; i < size; ++i)
        if (bytes[i] != model[offset + i])
            fail("%s: byte %zu of %zu is %02x, not %02x", what, offset + i, model_size, bytes[i], model[offset + i]);
}

static void check_size(void)
{
    struct stat status;
    if (fstat(file, &status) != 0 || (size_t)status.st_size != model_size)
        fail("the size is %ld, not %zu", (long)status.st_size, model_size);
}

static void fill(size_t size)
{
    uint64_t value = next_random();
    for (size_t i = 0; i < size; ++i)
        buffer[i] = (uint8_t)(value + i * 7 + (i >> 8));
}

static void open_again(void)
{
    if (file >= 0 && close(file) != 0)
        fail("close");
    file = open(path, O_RDWR | O_CREAT, 0644);
    appending = open(path, O_WRONLY | O_APPEND);
    if (file < 0 || appending < 0)
        fail("open");
}

static void read_part(void)
{
    size_t offset = pick(model_size + 10000), size = pick(kLongest);
    ssize_t expected = offset >= model_size ? 0 : (ssize_t)(model_size - offset < size ? model_size - offset : size);
    ssize_t count = pread(file, buffer, size, (off_t)offset);
    if (count != expected)
        fail("pread of %zu at %zu gives %zd, not %zd", size, offset, count, expected);
    check_same("pread", offset, buffer, (size_t)count);
}

static void read_scattered(void)
{
    size_t offset = pick(model_size + 1), size = pick(kLongest / 2);
    struct iovec parts[] = { { buffer, size }, { other, size / 3 } };
    ssize_t count = preadv(file, parts, 2, (off_t)offset);
    if (count < 0)
        fail("preadv");
    size_t first = (size_t)count < size ? (size_t)count : size;
    check_same("preadv", offset, buffer, first);
    check_same("preadv", offset + first, other, (size_t)count - first);
}

static void note_written(size_t offset, size_t size)
{
    if (offset > model_size)
        memset(model + model_size, 0, offset - model_size);
    memcpy(model + offset, buffer, size);
    if (offset + size > model_size)
        model_size = offset + size;
}

static void write_part(void)
{
    size_t offset = pick(next_random() % 8 ? model_size + 1 : kLargest - kLongest), size = pick(kLongest);
    if (offset + size > kLargest)
        return;
    fill(size);
    if (pwrite(file, buffer, size, (off_t)offset) != (ssize_t)size)
        fail("pwrite of %zu at %zu", size, offset);
    if (size)
        note_written(offset, size);
}

static void append_part(void)
{
    size_t size = pick(20000);
    if (model_size + size > kLargest)
        return;
    fill(size);
    if (write(appending, buffer, size) != (ssize_t)size)
        fail("write of %zu at the end", size);
    note_written(model_size, size);
}

static void cut(void)
{
    size_t size = next_random() % 4 ? pick(model_size + 5000) : pick(kLargest);
    if (ftruncate(file, (off_t)size) != 0)
        fail("ftruncate to %zu", size);
    if (size > model_size)
        memset(model + model_size, 0, size - model_size);
    model_size = size;
}

static void punch(void)
{
    size_t offset = pick(model_size + 1), size = 1 + pick(kLongest);
    if (fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)size) != 0)
        fail("fallocate: a hole of %zu at %zu", size, offset);
    if (offset < model_size)
        memset(model + offset, 0, model_size - offset < size ? model_size - offset : size);
}

static void allocate(void)
{
    size_t offset = pick(model_size + 1), size = 1 + pick(kLongest);
    int keeps = next_random() & 1;
    if (offset + size > kLargest)
        return;
    if (fallocate(file, keeps ? FALLOC_FL_KEEP_SIZE : 0, (off_t)offset, (off_t)size) != 0)
        fail("fallocate of %zu at %zu", size, offset);
    if (!keeps && offset + size > model_size) {
        memset(model + model_size, 0, offset + size - model_size);
        model_size = offset + size;
    }
}

static void map_part(int writes)
{
    if (!model_size)
        return;
    size_t offset = pick(model_size) / 4096 * 4096;
    size_t size = 1 + pick(kLongest);
    if (offset + size > model_size)
        size = model_size - offset;
    uint8_t* mapped = mmap(NULL, size, writes ? PROT_READ | PROT_WRITE : PROT_READ,
        writes || next_random() & 1 ? MAP_SHARED : MAP_PRIVATE, file, (off_t)offset);
    if (mapped == MAP_FAILED)
        fail("mmap of %zu at %zu", size, offset);
    check_same("mmap", offset, mapped, size);
    if (writes) {
        size_t begin = pick(size);
        fill(size - begin);
        memcpy(mapped + begin, buffer, size - begin);
        memcpy(model + offset + begin, buffer, size - begin);
        if (next_random() & 1 && msync(mapped, size, MS_SYNC) != 0)
            fail("msync");
    }
    if (munmap(mapped, size) != 0)
        fail("munmap");
}

// Whatever is not data must be zeros.
static void look_for_holes(void)
{
    for (off_t at = 0; (size_t)at < model_size;) {
        off_t data = lseek(file, at, SEEK_DATA);
        if (data < 0 && errno != ENXIO)
            fail("SEEK_DATA at %ld", (long)at);
        off_t end = data < 0 ? (off_t)model_size : data;
        for (off_t i = at; i < end; ++i)
            if (model[i])
                fail("SEEK_DATA at %ld gives %ld, but there is data at %ld", (long)at, (long)data, (long)i);
        if (data < 0)
            return;
        at = lseek(file, data, SEEK_HOLE);
        if (at <= data || (size_t)at > model_size)
            fail("SEEK_HOLE at %ld gives %ld of %zu", (long)data, (long)at, model_size);
    }
}

static void synchronise(void)
{
    if ((next_random() & 1 ? fsync(file) : fdatasync(file)) != 0)
        fail("fsync");
}

static void close_and_open(void)
{
    if (close(appending) != 0)
        fail("close");
    open_again();
}

// The way of editors: a new file with the same bytes takes the place of the old one.
static void replace(void)
{
    int copy = open(second_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (copy < 0 || write(copy, model, model_size) != (ssize_t)model_size || (next_random() & 1 && fsync(copy) != 0)
        || close(copy) != 0 || rename(second_path, path) != 0)
        fail("a copy that takes the file's place");
    close_and_open();
}

struct Kind {
    char const* name;
    void (*run)(void);
    unsigned weight;
    unsigned long count;
};

static void map_to_read(void) { map_part(0); }
static void map_to_write(void) { map_part(1); }

static struct Kind kinds[] = {
    { "pread", read_part, 30, 0 },
    { "preadv", read_scattered, 6, 0 },
    { "pwrite", write_part, 24, 0 },
    { "append", append_part, 6, 0 },
    { "ftruncate", cut, 8, 0 },
    { "punch", punch, 6, 0 },
    { "fallocate", allocate, 3, 0 },
    { "map", map_to_read, 4, 0 },
    { "map and write", map_to_write, 5, 0 },
    { "holes", look_for_holes, 1, 0 },
    { "fsync", synchronise, 2, 0 },
    { "open", close_and_open, 3, 0 },
    { "replace", replace, 1, 0 },
};
enum { kKinds = sizeof(kinds) / sizeof(*kinds) };

static struct Kind* any_kind(void)
{
    unsigned total = 0;
    for (size_t i = 0; i < kKinds; ++i)
        total += kinds[i].weight;
    unsigned at = (unsigned)(next_random() % total);
    size_t kind = 0;
    while (at >= kinds[kind].weight)
        at -= kinds[kind++].weight;
    return &kinds[kind];
}

int main(int count, char** arguments)
{
    if (count != 4) {
        fprintf(stderr, "usage: random_file DIRECTORY SEED STEPS\n");
        return 2;
    }
    snprintf(path, sizeof(path), "%s/random_file", arguments[1]);
    snprintf(second_path, sizeof(second_path), "%s/random_file.new", arguments[1]);
    state = strtoull(arguments[2], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    unsigned long steps = strtoul(arguments[3], NULL, 10);
    unlink(path);
    file = -1;
    open_again();
    for (step = 1; step <= steps; ++step) {
        struct Kind* kind = any_kind();
        kind->run();
        ++kind->count;
        check_size();
    }
    ssize_t size = 0;
    for (size_t at = 0; (size = pread(file, buffer, sizeof(buffer), (off_t)at)) > 0; at += (size_t)size)
        check_same("at the end", at, buffer, (size_t)size);
    for (size_t i = 0; i < kKinds; ++i)
        printf("%s %lu%s", kinds[i].name, kinds[i].count, i + 1 < kKinds ? ", " : "\n");
    return unlink(path) != 0;
}
