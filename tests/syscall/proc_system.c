// What /proc tells about the system.
#include "tests/support/behaviour.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
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

BEHAVIOUR(meminfo_tells_the_memory_in_kb)
{
    CHECK(load("/proc/meminfo") > 0);
    CHECK_EQ(strncmp(contents, "MemTotal:", 9), 0);
    long total = number_after("MemTotal:"), free_memory = number_after("MemFree:");
    CHECK(total > 0 && free_memory >= 0 && free_memory <= total);
    CHECK(number_after("MemAvailable:") > 0);
    CHECK(strstr(contents, " kB\n") != NULL);
    CHECK(strstr(contents, "SwapTotal:") != NULL);
}

BEHAVIOUR(other_system_files_are_there)
{
    CHECK(load("/proc/stat") > 0);
    CHECK(strncmp(contents, "cpu ", 4) == 0 && strstr(contents, "\nbtime "));
    CHECK(load("/proc/uptime") > 0);
    double up = 0, idle = 0;
    CHECK_EQ(sscanf(contents, "%lf %lf", &up, &idle), 2);
    CHECK(load("/proc/loadavg") > 0);
    CHECK(load("/proc/version") > 0);
    CHECK_EQ(strncmp(contents, "Linux version ", 14), 0);
    CHECK(load("/proc/filesystems") > 0);
    CHECK(strstr(contents, "\tproc\n") != NULL);
}

BEHAVIOUR(mounts_have_six_fields)
{
    CHECK(load("/proc/self/mounts") > 0);
    char device[256], directory[256], type[64], options[512];
    int dump = -1, pass = -1;
    CHECK_EQ(sscanf(contents, "%255s %255s %63s %511s %d %d", device, directory, type, options, &dump, &pass), 6);
    CHECK(load("/proc/mounts") > 0);
    CHECK(strstr(contents, " / ") != NULL);
    CHECK(strstr(contents, " /proc proc ") != NULL);
    CHECK(load("/proc/self/mountinfo") > 0);
    CHECK(strstr(contents, " - ") != NULL);
}

BEHAVIOUR(random_identifiers_look_like_uuids)
{
    char first[64];
    CHECK_EQ(load("/proc/sys/kernel/random/uuid"), 37);
    memcpy(first, contents, 37);
    CHECK(first[8] == '-' && first[13] == '-' && first[14] == '4' && first[36] == '\n');
    CHECK_EQ(load("/proc/sys/kernel/random/uuid"), 37);
    CHECK(memcmp(first, contents, 37) != 0);
    CHECK_EQ(load("/proc/sys/kernel/random/boot_id"), 37);
    memcpy(first, contents, 37);
    CHECK_EQ(load("/proc/sys/kernel/random/boot_id"), 37);
    CHECK(memcmp(first, contents, 37) == 0);
    CHECK(load("/proc/sys/kernel/random/entropy_avail") > 0);
}

BEHAVIOUR(kernel_settings_agree_with_the_calls)
{
    struct utsname name;
    CHECK_OK(uname(&name));
    CHECK(load("/proc/sys/kernel/osrelease") > 0);
    CHECK_EQ(strncmp(contents, name.release, strlen(name.release)), 0);
    CHECK(load("/proc/sys/kernel/ostype") > 0);
    CHECK(strcmp(contents, "Linux\n") == 0);
    CHECK(load("/proc/sys/kernel/hostname") > 0);
    CHECK(load("/proc/sys/kernel/pid_max") > 0);
    CHECK(load("/proc/sys/vm/overcommit_memory") > 0);
    CHECK(load("/proc/sys/vm/max_map_count") > 0);
    CHECK(load("/proc/sys/net/core/somaxconn") > 0);
}

BEHAVIOUR(proc_files_can_be_read_in_pieces)
{
    long size = load("/proc/self/limits");
    CHECK(size > 100);
    CHECK_EQ(strncmp(contents, "Limit ", 6), 0);
    int file = open("/proc/self/limits", O_RDONLY);
    char piece[7];
    for (long at = 0; at < size;) {
        ssize_t count = read(file, piece, sizeof piece);
        CHECK(count > 0);
        CHECK(memcmp(piece, contents + at, (size_t)count) == 0);
        at += count;
    }
    CHECK_EQ(read(file, piece, sizeof piece), 0);
    CHECK_EQ(lseek(file, 6, SEEK_SET), 6);
    CHECK_EQ(pread(file, piece, 5, 0), 5);
    CHECK(memcmp(piece, "Limit", 5) == 0);
}

BEHAVIOUR(proc_files_tell_their_kind)
{
    struct stat status;
    CHECK_OK(stat("/proc/self/status", &status));
    CHECK_EQ(status.st_mode, S_IFREG | 0444);
    CHECK_EQ(status.st_size, 0);
    CHECK_OK(stat("/proc/self", &status));
    CHECK(S_ISDIR(status.st_mode));
    CHECK_OK(lstat("/proc/self", &status));
    CHECK(S_ISLNK(status.st_mode));
    CHECK_OK(lstat("/proc/self/exe", &status));
    CHECK(S_ISLNK(status.st_mode));
    CHECK_OK(stat("/proc/self/fd", &status));
    CHECK(S_ISDIR(status.st_mode));
}

BEHAVIOUR(proc_refuses_changes)
{
    CHECK(open("/proc/new", O_WRONLY | O_CREAT, 0600) == -1);
    CHECK(errno == ENOENT || errno == EACCES);
    CHECK(mkdir("/proc/new", 0700) == -1);
    CHECK(unlink("/proc/self/status") == -1);
    CHECK_ERRNO(open("/proc/cpuinfo/x", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open("/proc/self/status", O_RDONLY | O_DIRECTORY), ENOTDIR);
}

BEHAVIOUR(proc_is_listed)
{
    DIR* directory = opendir("/proc");
    CHECK(directory != NULL);
    bool self = false, meminfo = false, process = false;
    struct dirent* entry;
    while ((entry = readdir(directory))) {
        self |= strcmp(entry->d_name, "self") == 0;
        meminfo |= strcmp(entry->d_name, "meminfo") == 0;
        process |= atoi(entry->d_name) == getpid();
    }
    closedir(directory);
    CHECK(self && meminfo && process);
}
