// What the system tells about itself: uname, sysinfo, sysconf, processors, scheduling, randomness.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

BEHAVIOUR(uname_says_linux_on_x86_64)
{
    struct utsname name;
    CHECK_OK(uname(&name));
    CHECK(strcmp(name.sysname, "Linux") == 0);
    CHECK(strcmp(name.machine, "x86_64") == 0);
    int major = 0, minor = 0;
    CHECK_EQ(sscanf(name.release, "%d.%d", &major, &minor), 2);
    CHECK(major >= 4);
    CHECK_ERRNO(uname(bad_pointer()), EFAULT);
    char host[256];
    CHECK_OK(gethostname(host, sizeof host));
    CHECK(strcmp(host, name.nodename) == 0);
}

BEHAVIOUR(sysinfo_is_plausible)
{
    struct sysinfo information;
    CHECK_OK(sysinfo(&information));
    CHECK(information.mem_unit >= 1);
    CHECK(information.totalram > 0);
    CHECK(information.freeram <= information.totalram);
    CHECK(information.procs >= 1);
    CHECK(information.uptime >= 0);
    CHECK_ERRNO(sysinfo(bad_pointer()), EFAULT);
}

BEHAVIOUR(sysconf_gives_the_usual_constants)
{
    CHECK_EQ(sysconf(_SC_PAGESIZE), 4096);
    CHECK_EQ(sysconf(_SC_CLK_TCK), 100);
    CHECK(sysconf(_SC_ARG_MAX) >= 131072);
    CHECK(sysconf(_SC_PHYS_PAGES) > 0);
    CHECK(sysconf(_SC_NPROCESSORS_CONF) >= sysconf(_SC_NPROCESSORS_ONLN));
    CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
    say("IOV_MAX %ld, NGROUPS_MAX %ld", sysconf(_SC_IOV_MAX), sysconf(_SC_NGROUPS_MAX));
}

BEHAVIOUR(the_auxiliary_vector_is_complete)
{
    CHECK_EQ(getauxval(AT_PAGESZ), 4096);
    CHECK_EQ(getauxval(AT_CLKTCK), 100);
    CHECK_EQ(getauxval(AT_UID), getuid());
    CHECK_EQ(getauxval(AT_EUID), geteuid());
    CHECK_EQ(getauxval(AT_GID), getgid());
    CHECK_EQ(getauxval(AT_SECURE), 0);
    CHECK(getauxval(AT_PHDR) != 0 && getauxval(AT_PHNUM) != 0);
    CHECK_EQ(getauxval(AT_PHENT), 56);
    CHECK(getauxval(AT_ENTRY) != 0);
    CHECK(getauxval(AT_SYSINFO_EHDR) != 0);
    const char* platform = (const char*)getauxval(AT_PLATFORM);
    CHECK(platform && strcmp(platform, "x86_64") == 0);
    const char* program = (const char*)getauxval(AT_EXECFN);
    CHECK(program && access(program, F_OK) == 0);
    const unsigned char* random_bytes = (const unsigned char*)getauxval(AT_RANDOM);
    CHECK(random_bytes != NULL);
    unsigned any = 0;
    for (int i = 0; i < 16; ++i)
        any |= random_bytes[i];
    CHECK(any != 0);
}

BEHAVIOUR(getcpu_is_one_of_the_online_processors)
{
    unsigned cpu = 9999, node = 9999;
    CHECK_OK(syscall(SYS_getcpu, &cpu, &node, NULL));
    CHECK(cpu < (unsigned)sysconf(_SC_NPROCESSORS_CONF));
    CHECK(node < 64);
    CHECK(sched_getcpu() >= 0);
    CHECK_OK(syscall(SYS_getcpu, NULL, NULL, NULL));
    CHECK_ERRNO(syscall(SYS_getcpu, bad_pointer(), NULL, NULL), EFAULT);
}

BEHAVIOUR(the_affinity_names_at_least_one_processor)
{
    cpu_set_t set;
    CHECK_OK(sched_getaffinity(0, sizeof set, &set));
    CHECK(CPU_COUNT(&set) >= 1);
    CHECK_EQ(CPU_COUNT(&set), get_nprocs());
    CHECK_ERRNO(sched_getaffinity(0x7ffffff0, sizeof set, &set), ESRCH);
    CHECK_ERRNO(syscall(SYS_sched_getaffinity, 0, 3, &set), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_getaffinity, 0, sizeof set, bad_pointer()), EFAULT);
    CHECK_OK(sched_setaffinity(0, sizeof set, &set));
    cpu_set_t none;
    CPU_ZERO(&none);
    CHECK_ERRNO(sched_setaffinity(0, sizeof none, &none), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_setaffinity, 0, sizeof set, bad_pointer()), EFAULT);
}

static void* affinity_of_a_new_thread(void* set)
{
    EXPECT(sched_getaffinity(0, sizeof(cpu_set_t), set) == 0);
    return NULL;
}

BEHAVIOUR(the_affinity_is_kept_and_inherited)
{
    cpu_set_t before, one, seen;
    CHECK_OK(sched_getaffinity(0, sizeof before, &before));
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
        if (CPU_ISSET(cpu, &before))
            CPU_SET(cpu, &one);
    CPU_SET(1000, &one); // one that is not there is passed over
    CHECK_OK(sched_setaffinity(getpid(), sizeof one, &one));
    CPU_CLR(1000, &one);
    CHECK_OK(sched_getaffinity(gettid(), sizeof seen, &seen));
    CHECK(CPU_EQUAL(&one, &seen));
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, affinity_of_a_new_thread, &seen), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(CPU_EQUAL(&one, &seen));
    CHECK_OK(sched_setaffinity(0, sizeof before, &before));
    CHECK_ERRNO(sched_getaffinity(-1, sizeof seen, &seen), ESRCH);
    CHECK_ERRNO(sched_setaffinity(-1, sizeof before, &before), ESRCH);
    CHECK_ERRNO(syscall(SYS_sched_setaffinity, -1, sizeof before, bad_pointer()), EFAULT);
}

BEHAVIOUR(policies_without_priority_are_kept)
{
    struct sched_param none = { 0 };
    CHECK_OK(sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &none));
    CHECK_EQ(sched_getscheduler(0), SCHED_BATCH | SCHED_RESET_ON_FORK);
    CHECK_OK(sched_setscheduler(0, SCHED_OTHER, &none));
    CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
}

BEHAVIOUR(the_scheduler_is_the_ordinary_one)
{
    struct sched_param parameters = { 77 };
    struct timespec interval;
    CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
    CHECK_OK(sched_getparam(0, &parameters));
    CHECK_EQ(parameters.sched_priority, 0);
    CHECK_EQ(sched_get_priority_max(SCHED_FIFO), 99);
    CHECK_EQ(sched_get_priority_min(SCHED_FIFO), 1);
    CHECK_EQ(sched_get_priority_max(SCHED_OTHER), 0);
    CHECK_OK(sched_rr_get_interval(0, &interval));
    CHECK_OK(sched_setscheduler(0, SCHED_OTHER, &parameters));
    CHECK_OK(sched_setparam(0, &parameters));
}

BEHAVIOUR(scheduling_calls_check_what_they_are_given)
{
    struct sched_param parameters = { 1 };
    struct timespec interval;
    CHECK_ERRNO(sched_get_priority_max(77), EINVAL);
    CHECK_ERRNO(sched_get_priority_min(-1), EINVAL);
    CHECK_ERRNO(sched_getscheduler(-1), EINVAL);
    CHECK_ERRNO(sched_getscheduler(0x7ffffff0), ESRCH);
    CHECK_ERRNO(sched_setscheduler(0, 77, &parameters), EINVAL);
    CHECK_ERRNO(sched_setscheduler(0, SCHED_OTHER, &parameters), EINVAL);
    CHECK_ERRNO(sched_setparam(0, &parameters), EINVAL);
    CHECK_ERRNO(sched_getparam(-1, &parameters), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_getparam, 0, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_getparam, 0, bad_pointer()), EFAULT);
    CHECK_ERRNO(sched_rr_get_interval(-1, &interval), EINVAL);
}

BEHAVIOUR(getrandom_fills_the_buffer_with_different_bytes)
{
    unsigned char one[256] = { 0 }, two[256] = { 0 };
    CHECK_EQ(getrandom(one, sizeof one, 0), sizeof one);
    CHECK_EQ(getrandom(two, sizeof two, GRND_NONBLOCK), sizeof two);
    CHECK(memcmp(one, two, sizeof one) != 0);
    int counts[2] = { 0, 0 };
    for (size_t i = 0; i < sizeof one; ++i)
        for (int bit = 0; bit < 8; ++bit)
            ++counts[one[i] >> bit & 1];
    CHECK(counts[0] > 700 && counts[1] > 700);
}

BEHAVIOUR(getrandom_checks_what_it_is_given)
{
    char byte;
    CHECK_EQ(getrandom(&byte, 1, GRND_RANDOM), 1);
    CHECK_EQ(syscall(SYS_getrandom, &byte, 1, 4 /* GRND_INSECURE */), 1);
    CHECK_ERRNO(getrandom(&byte, 1, 0x77), EINVAL);
    CHECK_ERRNO(syscall(SYS_getrandom, &byte, 1, GRND_RANDOM | 4), EINVAL);
    CHECK_ERRNO(getrandom(bad_pointer(), 10, 0), EFAULT);
    CHECK_EQ(getrandom(&byte, 0, 0), 0);
    char* large = malloc(1 << 20);
    CHECK_EQ(getrandom(large, 1 << 20, 0), 1 << 20);
    free(large);
}

BEHAVIOUR(statfs_describes_the_file_system)
{
    struct statfs status;
    CHECK_OK(statfs(".", &status));
    CHECK(status.f_bsize > 0 && status.f_namelen == 255);
    CHECK(status.f_blocks >= status.f_bfree && status.f_bfree >= status.f_bavail);
    struct statfs again;
    CHECK_OK(fstatfs(open(".", O_RDONLY), &again));
    CHECK_EQ(again.f_type, status.f_type);
    struct statvfs portable;
    CHECK_OK(statvfs(".", &portable));
    CHECK_EQ(portable.f_namemax, 255);
}

BEHAVIOUR(statfs_checks_what_it_is_given)
{
    struct statfs status;
    CHECK_ERRNO(statfs("missing", &status), ENOENT);
    CHECK_ERRNO(statfs("", &status), ENOENT);
    CHECK_ERRNO(statfs(bad_pointer(), &status), EFAULT);
    CHECK_ERRNO(statfs(".", bad_pointer()), EFAULT);
    CHECK_ERRNO(fstatfs(-1, &status), EBADF);
}

BEHAVIOUR(the_environment_and_arguments_arrive)
{
    CHECK(getenv("FARL_BEHAVIOURS") && strcmp(getenv("FARL_BEHAVIOURS"), "1") == 0);
    CHECK(getenv("PATH") != NULL);
    CHECK(getenv("LD_PRELOAD") == NULL);
}

BEHAVIOUR(standard_input_is_what_the_starter_gave)
{
    char byte;
    CHECK_EQ(read(0, &byte, 1), 0);
    CHECK_EQ(isatty(0), 0);
}

BEHAVIOUR(membarrier_or_its_absence_is_told)
{
    long supported = syscall(SYS_membarrier, 0, 0, 0);
    CHECK(supported >= 0 || errno == ENOSYS);
    if (supported > 0)
        CHECK_ERRNO(syscall(SYS_membarrier, 0x40000000, 0, 0), EINVAL);
}

BEHAVIOUR(privileged_calls_check_their_caller_or_arguments)
{
    CHECK(syscall(SYS_swapon, "missing", 0) == -1);
    CHECK(syscall(SYS_init_module, bad_pointer(), 10, "") == -1);
    CHECK(syscall(SYS_iopl, 9) == -1);
}
