// What /proc tells about the process itself.
#include "tests/support/behaviour.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static char contents[1 << 20];

// The size of a whole file, its text in contents.
static long load(const char* path)
{
    int file = open(path, O_RDONLY);
    if (file < 0)
        return -1;
    long size = 0;
    ssize_t count;
    while ((count = read(file, contents + size, sizeof contents - 1 - (size_t)size)) > 0)
        size += count;
    close(file);
    contents[size] = 0;
    return count < 0 ? -1 : size;
}

static long number_after(const char* label)
{
    const char* found = strstr(contents, label);
    return found ? strtol(found + strlen(label), NULL, 10) : -1;
}

BEHAVIOUR(self_exe_names_the_program)
{
    char path[PATH_MAX] = { 0 };
    CHECK_OK(readlink("/proc/self/exe", path, sizeof path - 1));
    CHECK_EQ(path[0], '/');
    struct stat by_link, by_name;
    CHECK_OK(stat("/proc/self/exe", &by_link));
    CHECK_OK(stat(path, &by_name));
    CHECK_EQ(by_link.st_ino, by_name.st_ino);
    int file = open("/proc/self/exe", O_RDONLY);
    char magic[4];
    CHECK_EQ(read(file, magic, 4), 4);
    CHECK(memcmp(magic, "\177ELF", 4) == 0);
    say("%s", path);
}

BEHAVIOUR(self_cwd_and_root_are_links)
{
    char path[PATH_MAX] = { 0 }, here[PATH_MAX];
    CHECK_OK(readlink("/proc/self/cwd", path, sizeof path - 1));
    CHECK(getcwd(here, sizeof here) && strcmp(path, here) == 0);
    memset(path, 0, sizeof path);
    CHECK_OK(readlink("/proc/self/root", path, sizeof path - 1));
    CHECK(strcmp(path, "/") == 0);
}

BEHAVIOUR(self_is_a_link_to_the_process)
{
    char path[64] = { 0 }, expected[32];
    CHECK_OK(readlink("/proc/self", path, sizeof path - 1));
    snprintf(expected, sizeof expected, "%d", getpid());
    CHECK(strcmp(path, expected) == 0);
    memset(path, 0, sizeof path);
    CHECK_OK(readlink("/proc/thread-self", path, sizeof path - 1));
    snprintf(expected, sizeof expected, "%d/task/%d", getpid(), getpid());
    CHECK(strcmp(path, expected) == 0);
}

BEHAVIOUR(the_process_has_a_directory_under_its_number)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", getpid());
    CHECK(load(path) > 0);
    CHECK_EQ(number_after("\nPid:\t"), getpid());
    CHECK_ERRNO(open("/proc/2147483600/status", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("/proc/no-such-file", O_RDONLY), ENOENT);
}

BEHAVIOUR(cmdline_holds_the_arguments)
{
    long size = load("/proc/self/cmdline");
    CHECK(size > 1);
    CHECK_EQ(contents[size - 1], 0);
    CHECK(strstr(contents, "proc") != NULL);
    CHECK_EQ(contents[0], '/');
}

BEHAVIOUR(environ_holds_the_environment)
{
    long size = load("/proc/self/environ");
    CHECK(size > 0);
    CHECK(memmem(contents, (size_t)size, "FARL_BEHAVIOURS=1", 18) != NULL);
}

BEHAVIOUR(comm_follows_the_name)
{
    CHECK_OK(prctl(PR_SET_NAME, "renamed"));
    CHECK_EQ(load("/proc/self/comm"), 8);
    CHECK(strcmp(contents, "renamed\n") == 0);
    int file = open("/proc/self/comm", O_WRONLY);
    CHECK_EQ(write(file, "written", 7), 7);
    char name[17] = { 0 };
    CHECK_OK(prctl(PR_GET_NAME, name));
    CHECK(strcmp(name, "written") == 0);
}

static void* hold(void* ends)
{
    char byte;
    read(((int*)ends)[0], &byte, 1);
    return NULL;
}

BEHAVIOUR(status_describes_the_process)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK(load("/proc/self/status") > 0);
    CHECK_EQ(number_after("\nPid:\t"), getpid());
    CHECK_EQ(number_after("\nTgid:\t"), getpid());
    CHECK_EQ(number_after("\nUid:\t"), getuid());
    CHECK_EQ(number_after("\nGid:\t"), getgid());
    CHECK_EQ(number_after("\nThreads:\t"), 1);
    CHECK(number_after("\nVmSize:\t") > 0 || number_after("\nVmSize:") > 0);
    CHECK(number_after("\nVmRSS:") > 0);
    CHECK(strstr(contents, "State:\tR (running)") != NULL);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, hold, ends), 0);
    CHECK(load("/proc/self/status") > 0);
    CHECK_EQ(number_after("\nThreads:\t"), 2);
    CHECK_OK(close(ends[1]));
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

BEHAVIOUR(stat_has_52_fields)
{
    CHECK(load("/proc/self/stat") > 0);
    CHECK_EQ(strtol(contents, NULL, 10), getpid());
    char* field = strrchr(contents, ')');
    CHECK(field != NULL);
    CHECK_EQ(field[2], 'R');
    int count = 2;
    for (char* token = strtok(field + 1, " \n"); token; token = strtok(NULL, " \n"))
        ++count;
    CHECK_EQ(count, 52);
}

BEHAVIOUR(statm_has_seven_numbers)
{
    CHECK(load("/proc/self/statm") > 0);
    long size = 0, resident = 0, shared, text, library, data, dirty;
    CHECK_EQ(
        sscanf(contents, "%ld %ld %ld %ld %ld %ld %ld", &size, &resident, &shared, &text, &library, &data, &dirty), 7);
    CHECK(size >= resident && resident > 0);
}

// Whether the maps have a line that covers the address with these permissions.
static bool maps_show(const void* address, const char* permissions, const char* name)
{
    if (load("/proc/self/maps") <= 0)
        return false;
    for (char* line = strtok(contents, "\n"); line; line = strtok(NULL, "\n")) {
        unsigned long begin, end, offset, inode;
        char flags[5], device[16], path[PATH_MAX] = "";
        if (sscanf(line, "%lx-%lx %4s %lx %15s %lu %4095[^\n]", &begin, &end, flags, &offset, device, &inode, path) < 6)
            return false;
        if ((uintptr_t)address >= begin && (uintptr_t)address < end)
            return strcmp(flags, permissions) == 0 && (!name || strstr(path, name));
    }
    return false;
}

BEHAVIOUR(maps_show_the_parts_of_the_program)
{
    static int variable;
    int local;
    CHECK(maps_show((void*)(uintptr_t)maps_show, "r-xp", "proc"));
    CHECK(maps_show(&variable, "rw-p", NULL));
    CHECK(maps_show(&local, "rw-p", "[stack]"));
    CHECK(maps_show((void*)(uintptr_t)getpid, "r-xp", NULL));
}

BEHAVIOUR(maps_follow_mmap_and_mprotect)
{
    char* memory = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(maps_show(memory + 4096, "rw-p", NULL));
    CHECK_OK(mprotect(memory + 4096, 4096, PROT_READ));
    CHECK(maps_show(memory + 4096, "r--p", NULL));
    CHECK(maps_show(memory + 2 * 4096, "rw-p", NULL));
    CHECK_OK(munmap(memory + 4096, 4096));
    CHECK(!maps_show(memory + 4096, "r--p", NULL));
    int file = open_file_with("mapped-file", "text");
    char* mapped = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    CHECK(maps_show(mapped, "r--s", "mapped-file"));
}

BEHAVIOUR(fd_lists_the_open_descriptors)
{
    int file = open_file_with("a", "text"), ends[2];
    CHECK_OK(pipe(ends));
    DIR* directory = opendir("/proc/self/fd");
    CHECK(directory != NULL);
    bool seen[3] = { false };
    struct dirent* entry;
    while ((entry = readdir(directory))) {
        int number = atoi(entry->d_name);
        seen[0] |= number == file;
        seen[1] |= number == ends[0];
        seen[2] |= number == 77;
    }
    closedir(directory);
    CHECK(seen[0] && seen[1] && !seen[2]);
}

BEHAVIOUR(fd_links_name_what_is_open)
{
    char path[64], target[PATH_MAX] = { 0 }, here[PATH_MAX];
    int file = open_file_with("a", "text"), ends[2];
    CHECK_OK(pipe(ends));
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    CHECK_OK(readlink(path, target, sizeof target - 1));
    CHECK(getcwd(here, sizeof here) && strncmp(target, here, strlen(here)) == 0);
    CHECK(strcmp(target + strlen(here), "/a") == 0);
    int again = open(path, O_RDONLY);
    char text[8] = { 0 };
    CHECK_EQ(read(again, text, 8), 4);
    CHECK(strcmp(text, "text") == 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    memset(target, 0, sizeof target);
    CHECK_OK(readlink(path, target, sizeof target - 1));
    CHECK(strncmp(target, "pipe:[", 6) == 0);
    CHECK_ERRNO(readlink("/proc/self/fd/999", target, sizeof target), ENOENT);
    CHECK_OK(unlink("a"));
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    memset(target, 0, sizeof target);
    CHECK_OK(readlink(path, target, sizeof target - 1));
    CHECK(strcmp(target + strlen(here), "/a (deleted)") == 0);
}

BEHAVIOUR(dev_fd_and_dev_stdin_are_links_into_proc)
{
    int file = open_file_with("a", "text");
    char path[64], text[8];
    snprintf(path, sizeof path, "/dev/fd/%d", file);
    CHECK_EQ(read(open(path, O_RDONLY), text, 8), 4);
    CHECK_EQ(read(open("/dev/stdin", O_RDONLY), text, 8), 0);
}

BEHAVIOUR(fdinfo_tells_position_and_flags)
{
    int file = open_file_with("a", "0123456789");
    CHECK_EQ(lseek(file, 7, SEEK_SET), 7);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", file);
    CHECK(load(path) > 0);
    CHECK_EQ(number_after("pos:\t"), 7);
    const char* flags = strstr(contents, "flags:\t");
    CHECK(flags != NULL);
    CHECK_EQ(strtol(flags + 7, NULL, 8) & O_ACCMODE, O_RDWR);
}

BEHAVIOUR(task_lists_the_threads)
{
    int ends[2], count = 0;
    CHECK_OK(pipe(ends));
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, hold, ends), 0);
    DIR* directory = opendir("/proc/self/task");
    CHECK(directory != NULL);
    struct dirent* entry;
    while ((entry = readdir(directory)))
        count += entry->d_name[0] != '.';
    closedir(directory);
    CHECK_EQ(count, 2);
    CHECK_OK(close(ends[1]));
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

BEHAVIOUR(cpuinfo_has_an_entry_per_processor)
{
    CHECK(load("/proc/cpuinfo") > 0);
    int count = 0;
    for (char* at = contents; (at = strstr(at, "processor\t:")); ++at)
        ++count;
    CHECK_EQ(count, sysconf(_SC_NPROCESSORS_ONLN));
    CHECK(strstr(contents, "flags\t\t:") && strstr(contents, " sse2 "));
    CHECK(strstr(contents, "model name\t:") && strstr(contents, "vendor_id\t:"));
}

BEHAVIOUR(memory_can_be_read_through_self_mem)
{
    static const char text[] = "find me";
    int file = open("/proc/self/mem", O_RDONLY);
    CHECK_OK(file);
    char copy[sizeof text];
    CHECK_EQ(pread(file, copy, sizeof copy, (off_t)(uintptr_t)text), sizeof copy);
    CHECK(strcmp(copy, text) == 0);
    CHECK_ERRNO(pread(file, copy, sizeof copy, 16), EIO);
}

BEHAVIOUR(only_links_to_descriptors_have_a_size)
{
    struct stat status;
    CHECK_OK(lstat("/proc/self", &status));
    CHECK_EQ(status.st_size, 0);
    CHECK_OK(lstat("/proc/self/exe", &status));
    CHECK_EQ(status.st_size, 0);
    CHECK_OK(lstat("/proc/self/fd/1", &status));
    CHECK_EQ(status.st_size, 64);
}
