// descriptors REPORT NUMBER...: says on descriptor REPORT what is known about each open descriptor below 1024, then
// uses the numbers: writes to what can be written, else reads a few bytes.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int report;

static void describe(int number)
{
    struct stat status;
    if (fstat(number, &status))
        return;
    char link[64], target[256] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", number);
    if (readlink(link, target, sizeof target - 1) < 0)
        perror(link);
    target[strcspn(target, "[")] = 0; // the number of a pipe differs each time
    dprintf(report, "%d: type %o, status %o, flags %d, offset %ld, %s\n", number, status.st_mode & S_IFMT,
        fcntl(number, F_GETFL), fcntl(number, F_GETFD), (long)lseek(number, 0, SEEK_CUR), target);
}

static void use(int number)
{
    char bytes[4];
    if ((fcntl(number, F_GETFL) & O_ACCMODE) != O_RDONLY) {
        dprintf(number, "[to %d]", number);
        return;
    }
    ssize_t count = read(number, bytes, sizeof bytes);
    dprintf(report, "%d: %zd bytes: %.*s\n", number, count, (int)count, bytes);
}

// What the directory says, without the descriptor it is read by.
static void list(void)
{
    DIR* directory = opendir("/proc/self/fd");
    if (!directory)
        return;
    for (struct dirent* entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(directory))
            dprintf(report, "listed %s\n", entry->d_name);
    closedir(directory);
}

int main(int count, char** arguments)
{
    if (count < 2)
        return 2;
    report = atoi(arguments[1]);
    for (int number = 0; number < 1024; ++number)
        describe(number);
    list();
    for (int i = 2; i < count; ++i)
        use(atoi(arguments[i]));
    return 0;
}
