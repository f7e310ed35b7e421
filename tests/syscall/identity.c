// Who a process is: users, groups, capabilities, limits, sessions, prctl, personality.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

BEHAVIOUR(the_user_and_group_are_those_of_the_starter)
{
    uid_t real, effective, saved;
    gid_t real_group, effective_group, saved_group;
    CHECK_OK(getresuid(&real, &effective, &saved));
    CHECK_OK(getresgid(&real_group, &effective_group, &saved_group));
    CHECK_EQ(real, getuid());
    CHECK_EQ(effective, geteuid());
    CHECK_EQ(real_group, getgid());
    CHECK_EQ(effective_group, getegid());
    say("%d %d %d, %d %d %d", real, effective, saved, real_group, effective_group, saved_group);
}

BEHAVIOUR(identity_calls_check_their_pointers)
{
    uid_t user;
    CHECK_ERRNO(syscall(SYS_getresuid, bad_pointer(), &user, &user), EFAULT);
    CHECK_ERRNO(syscall(SYS_getresgid, &user, &user, bad_pointer()), EFAULT);
    CHECK_ERRNO(syscall(SYS_getgroups, -1, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_setgroups, 1000000, &user), geteuid() ? EPERM : EINVAL);
}

BEHAVIOUR(supplementary_groups_can_be_listed)
{
    gid_t groups[256];
    int count = getgroups(0, NULL);
    CHECK_OK(count);
    CHECK_EQ(getgroups(256, groups), count);
    if (count > 1)
        CHECK_ERRNO(getgroups(1, groups), EINVAL);
    say("%d groups", count);
}

BEHAVIOUR(setting_the_own_identity_again_succeeds)
{
    CHECK_OK(setuid(getuid()));
    CHECK_OK(setgid(getgid()));
    CHECK_OK(setreuid((uid_t)-1, (uid_t)-1));
    CHECK_OK(setresuid((uid_t)-1, (uid_t)-1, (uid_t)-1));
    CHECK_OK(setresgid((gid_t)-1, (gid_t)-1, (gid_t)-1));
    CHECK_ERRNO(setuid((uid_t)-1), EINVAL);
    CHECK_ERRNO(setgid((gid_t)-1), EINVAL);
    CHECK_EQ(setfsuid((uid_t)-1), geteuid());
    CHECK_EQ(setfsgid((gid_t)-1), getegid());
}

// Makes a file that only root may read, in a directory where everybody may make others.
static bool make_a_secret(void)
{
    int file = open("secret", O_CREAT | O_RDWR, 0600);
    return file >= 0 && close(file) == 0 && chmod(".", 0777) == 0;
}

static void* open_the_secret(void* error)
{
    errno = 0;
    int file = open("secret", O_RDONLY);
    *(int*)error = errno;
    if (file >= 0)
        close(file);
    return NULL;
}

BEHAVIOUR(files_are_opened_in_the_name_of_the_effective_user)
{
    SKIP_IF(geteuid() != 0, "not root");
    struct stat status;
    int error = 0;
    pthread_t thread;
    CHECK(make_a_secret());
    CHECK_OK(setegid(7));
    CHECK_OK(seteuid(12345));
    CHECK_ERRNO(open("secret", O_RDONLY), EACCES);
    CHECK_EQ(pthread_create(&thread, NULL, open_the_secret, &error), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(error, EACCES);
    CHECK_OK(access("secret", R_OK)); // asks for the real user
    CHECK_ERRNO(faccessat(AT_FDCWD, "secret", R_OK, AT_EACCESS), EACCES);
    CHECK_OK(close(open("made", O_CREAT | O_WRONLY, 0600)));
    CHECK_ERRNO(chown("made", 1, 1), EPERM);
    CHECK_OK(seteuid(0));
    CHECK_OK(setegid(0));
    CHECK_OK(stat("made", &status));
    CHECK_EQ(status.st_uid, 12345);
    CHECK_EQ(status.st_gid, 7);
    CHECK_OK(close(open("secret", O_RDONLY)));
    CHECK(prctl(PR_GET_DUMPABLE) != 1);
    CHECK_OK(prctl(PR_SET_DUMPABLE, 1));
}

BEHAVIOUR(files_are_made_in_the_name_of_the_file_system_user)
{
    SKIP_IF(geteuid() != 0, "not root");
    struct stat status;
    CHECK(make_a_secret());
    CHECK_EQ(setfsgid(7), 0);
    CHECK_EQ(setfsuid(12345), 0);
    CHECK_ERRNO(open("secret", O_RDONLY), EACCES);
    CHECK_OK(close(open("made", O_CREAT | O_WRONLY, 0600)));
    CHECK_EQ(setfsuid(0), 12345);
    CHECK_EQ(setfsgid(0), 7);
    CHECK_OK(close(open("secret", O_RDONLY)));
    CHECK_OK(stat("made", &status));
    CHECK_EQ(status.st_uid, 12345);
    CHECK_EQ(status.st_gid, 7);
    CHECK_OK(prctl(PR_SET_DUMPABLE, 1));
}

BEHAVIOUR(a_supplementary_group_opens_what_is_the_groups)
{
    SKIP_IF(geteuid() != 0, "not root");
    gid_t before[256], member = 4242;
    int count = getgroups(256, before);
    CHECK(make_a_secret());
    CHECK_OK(chown("secret", 0, member));
    CHECK_OK(chmod("secret", 0640));
    CHECK_OK(setgroups(1, &member));
    CHECK_OK(seteuid(12345));
    CHECK_OK(close(open("secret", O_RDONLY)));
    CHECK_ERRNO(open("secret", O_WRONLY), EACCES);
    CHECK_OK(seteuid(0));
    CHECK_OK(setgroups((size_t)count, before));
    CHECK_OK(prctl(PR_SET_DUMPABLE, 1));
}

ENDING_BEHAVIOUR(who_gave_root_up_cannot_take_it_back)
{
    SKIP_IF(geteuid() != 0, "not root");
    CHECK(make_a_secret());
    CHECK_OK(setgroups(0, NULL));
    CHECK_OK(setresgid(7, 7, 7));
    CHECK_OK(setresuid(12345, 12345, 12345));
    CHECK_ERRNO(open("secret", O_RDONLY), EACCES);
    CHECK_ERRNO(access("secret", R_OK), EACCES);
    CHECK_ERRNO(setuid(0), EPERM);
    CHECK_ERRNO(open("secret", O_RDONLY), EACCES);
    _exit(3);
}

struct sets {
    uint64_t permitted, effective;
};

static struct sets capabilities(void)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2] = { { 0 } };
    EXPECT(syscall(SYS_capget, &header, data) == 0);
    return (struct sets) { data[0].permitted | (uint64_t)data[1].permitted << 32,
        data[0].effective | (uint64_t)data[1].effective << 32 };
}

static int set_capabilities(uint64_t permitted, uint64_t effective)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2] = { { (uint32_t)effective, (uint32_t)permitted, 0 },
        { (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), 0 } };
    return (int)syscall(SYS_capset, &header, data);
}

BEHAVIOUR(capabilities_follow_the_effective_user)
{
    SKIP_IF(geteuid() != 0, "not root");
    struct sets before = capabilities();
    CHECK(before.effective != 0);
    CHECK_OK(seteuid(12345));
    CHECK_EQ(capabilities().effective, 0);
    CHECK_EQ(capabilities().permitted, before.permitted);
    CHECK_OK(seteuid(0));
    CHECK_EQ(capabilities().effective, before.permitted);
    CHECK_OK(set_capabilities(before.permitted, before.effective));
    CHECK_OK(prctl(PR_SET_DUMPABLE, 1));
}

ENDING_BEHAVIOUR(who_gave_root_up_has_no_capability)
{
    SKIP_IF(geteuid() != 0, "not root");
    CHECK_OK(setresuid(12345, 12345, 12345));
    CHECK_EQ(capabilities().permitted, 0);
    CHECK_ERRNO(set_capabilities(1, 0), EPERM);
    CHECK_ERRNO(setgroups(0, NULL), EPERM);
    _exit(4);
}

ENDING_BEHAVIOUR(kept_capabilities_survive_the_change_of_user)
{
    SKIP_IF(geteuid() != 0, "not root");
    const uint64_t chown_only = 1 << CAP_CHOWN;
    struct sets before = capabilities();
    struct stat status;
    CHECK(make_a_secret());
    CHECK_OK(prctl(PR_SET_KEEPCAPS, 1));
    CHECK_OK(setresuid(12345, 12345, 12345));
    CHECK_EQ(capabilities().permitted, before.permitted);
    CHECK_EQ(capabilities().effective, 0);
    CHECK_ERRNO(chown("secret", 1, 1), EPERM);
    CHECK_OK(set_capabilities(chown_only, chown_only));
    CHECK_OK(chown("secret", 7, 8));
    CHECK_OK(stat("secret", &status));
    CHECK_EQ(status.st_uid, 7);
    CHECK_ERRNO(open("secret", O_RDONLY), EACCES);
    CHECK_ERRNO(set_capabilities(before.permitted, 0), EPERM);
    CHECK_ERRNO(set_capabilities(0, chown_only), EPERM);
    CHECK_ERRNO(setuid(0), EPERM);
    _exit(5);
}

BEHAVIOUR(process_numbers_are_consistent)
{
    CHECK(getpid() > 0);
    CHECK(getppid() >= 0);
    CHECK_EQ(syscall(SYS_gettid), getpid());
    CHECK_EQ(getpgid(0), getpgrp());
    CHECK_EQ(getpgid(getpid()), getpgrp());
    CHECK_EQ(getsid(0), getsid(getpid()));
    CHECK_ERRNO(getpgid(-1), ESRCH);
    CHECK_ERRNO(getsid(0x7ffffff0), ESRCH);
    CHECK_ERRNO(getpgid(0x7ffffff0), ESRCH);
    CHECK_ERRNO(setpgid(-1, 0), EINVAL);
    CHECK_ERRNO(setpgid(0, -1), EINVAL);
    CHECK_ERRNO(setpgid(0x7ffffff0, 0), ESRCH);
}

BEHAVIOUR(a_session_leader_stays_one)
{
    say("leader %d", getsid(0) == getpid());
    CHECK_ERRNO(setsid(), EPERM);
    CHECK_ERRNO(setpgid(0, 0), EPERM);
}

BEHAVIOUR(waiting_without_children_fails)
{
    int status;
    siginfo_t information;
    struct rusage usage;
    CHECK_ERRNO(wait(&status), ECHILD);
    CHECK_ERRNO(waitpid(-1, &status, WNOHANG), ECHILD);
    CHECK_ERRNO(waitpid(getpid(), &status, 0), ECHILD);
    CHECK_ERRNO(waitpid(-1, &status, 0x100), EINVAL);
    CHECK_ERRNO(waitpid(INT_MIN, &status, 0), ESRCH);
    CHECK_ERRNO(wait4(-1, &status, 0, &usage), ECHILD);
    CHECK_ERRNO(waitid(P_ALL, 0, &information, WEXITED), ECHILD);
    CHECK_ERRNO(waitid(P_ALL, 0, &information, 0), EINVAL);
    CHECK_ERRNO(waitid((idtype_t)77, 0, &information, WEXITED), EINVAL);
}

BEHAVIOUR(umask_returns_the_old_mask)
{
    mode_t before = umask(027);
    CHECK_EQ(before, 022);
    CHECK_EQ(umask(01777), 027);
    CHECK_EQ(umask(022), 0777);
}

BEHAVIOUR(limits_can_be_read)
{
    for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
        struct rlimit limit, again;
        CHECK_OK(getrlimit(resource, &limit));
        CHECK(limit.rlim_cur <= limit.rlim_max);
        CHECK_OK(prlimit(0, resource, NULL, &again));
        CHECK(limit.rlim_cur == again.rlim_cur && limit.rlim_max == again.rlim_max);
    }
}

BEHAVIOUR(limits_can_be_lowered_and_raised_to_the_hard_limit)
{
    struct rlimit before, low, now;
    CHECK_OK(getrlimit(RLIMIT_NOFILE, &before));
    low = before;
    low.rlim_cur = before.rlim_cur / 2;
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &low));
    CHECK_OK(getrlimit(RLIMIT_NOFILE, &now));
    CHECK_EQ(now.rlim_cur, before.rlim_cur / 2);
    CHECK_EQ(sysconf(_SC_OPEN_MAX), (long)now.rlim_cur);
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &before));
}

BEHAVIOUR(limits_check_what_they_are_given)
{
    struct rlimit upside_down = { 100, 50 }, limit;
    CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &upside_down), EINVAL);
    CHECK_ERRNO(syscall(SYS_getrlimit, 99, &limit), EINVAL);
    CHECK_ERRNO(syscall(SYS_setrlimit, 99, &limit), EINVAL);
    CHECK_ERRNO(syscall(SYS_getrlimit, RLIMIT_NOFILE, bad_pointer()), EFAULT);
    CHECK_ERRNO(syscall(SYS_setrlimit, RLIMIT_NOFILE, bad_pointer()), EFAULT);
    CHECK_ERRNO(prlimit(0x7ffffff0, RLIMIT_NOFILE, NULL, &limit), ESRCH);
    CHECK_ERRNO(prlimit(0, (enum __rlimit_resource)99, NULL, &limit), EINVAL);
}

BEHAVIOUR(rlimit_fsize_bounds_a_file)
{
    struct rlimit before, low;
    CHECK_OK(getrlimit(RLIMIT_FSIZE, &before));
    low = before;
    low.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    int file = open_file_with("a", "");
    static char block[2000];
    CHECK_OK(setrlimit(RLIMIT_FSIZE, &low));
    long first = write(file, block, sizeof block);
    long second = write(file, block, 1);
    int code = errno;
    CHECK_OK(setrlimit(RLIMIT_FSIZE, &before));
    CHECK_EQ(first, 1000);
    CHECK_EQ(second, -1);
    CHECK_EQ(code, EFBIG);
}

BEHAVIOUR(priorities_can_be_read)
{
    errno = 0;
    int priority = getpriority(PRIO_PROCESS, 0);
    CHECK_EQ(errno, 0);
    say("priority %d", priority);
    CHECK_ERRNO(getpriority(77, 0), EINVAL);
    CHECK_ERRNO(getpriority(PRIO_PROCESS, 0x7ffffff0), ESRCH);
    CHECK_ERRNO(setpriority(77, 0, 0), EINVAL);
    CHECK_OK(setpriority(PRIO_PROCESS, 0, priority));
}

BEHAVIOUR(a_thread_can_be_named)
{
    char name[17] = { 0 };
    CHECK_OK(prctl(PR_GET_NAME, name));
    CHECK(strlen(name) > 0);
    CHECK_OK(prctl(PR_SET_NAME, "a-name-of-more-than-fifteen"));
    CHECK_OK(prctl(PR_GET_NAME, name));
    CHECK(strcmp(name, "a-name-of-more-") == 0);
    CHECK_ERRNO(prctl(PR_SET_NAME, bad_pointer()), EFAULT);
    CHECK_ERRNO(prctl(PR_GET_NAME, bad_pointer()), EFAULT);
}

static void* name_itself(void* unused)
{
    char name[17] = { 0 };
    EXPECT(pthread_setname_np(pthread_self(), "worker") == 0);
    EXPECT(prctl(PR_GET_NAME, name) == 0);
    EXPECT(strcmp(name, "worker") == 0);
    return unused;
}

BEHAVIOUR(names_belong_to_their_threads)
{
    char name[17] = { 0 };
    CHECK_OK(prctl(PR_SET_NAME, "first"));
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, name_itself, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_OK(prctl(PR_GET_NAME, name));
    CHECK(strcmp(name, "first") == 0);
    CHECK_EQ(pthread_getname_np(pthread_self(), name, sizeof name), 0);
    CHECK(strcmp(name, "first") == 0);
}

BEHAVIOUR(prctl_keeps_its_settings)
{
    int value = -1;
    CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
    CHECK_OK(prctl(PR_SET_DUMPABLE, 0));
    CHECK_EQ(prctl(PR_GET_DUMPABLE), 0);
    CHECK_OK(prctl(PR_SET_DUMPABLE, 1));
    CHECK_OK(prctl(PR_SET_PDEATHSIG, SIGUSR1));
    CHECK_OK(prctl(PR_GET_PDEATHSIG, &value));
    CHECK_EQ(value, SIGUSR1);
    CHECK_OK(prctl(PR_SET_PDEATHSIG, 0));
    CHECK_EQ(prctl(PR_GET_KEEPCAPS), 0);
    CHECK(prctl(PR_GET_TIMERSLACK) > 0);
    say("no new privileges %d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

BEHAVIOUR(prctl_checks_what_it_is_given)
{
    CHECK_ERRNO(prctl(9999, 0, 0, 0, 0), EINVAL);
    CHECK_ERRNO(prctl(PR_SET_PDEATHSIG, 65), EINVAL);
    CHECK_ERRNO(prctl(PR_SET_DUMPABLE, 7), EINVAL);
    CHECK_ERRNO(prctl(PR_GET_PDEATHSIG, bad_pointer()), EFAULT);
    CHECK_ERRNO(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
    CHECK_ERRNO(prctl(PR_CAPBSET_READ, 999), EINVAL);
}

BEHAVIOUR(capabilities_can_be_read)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2] = { { 0 } };
    CHECK_OK(syscall(SYS_capget, &header, data));
    CHECK_EQ(data[0].effective & ~data[0].permitted, 0);
    header.version = 0x1234;
    CHECK_ERRNO(syscall(SYS_capget, &header, data), EINVAL);
    CHECK_EQ(header.version, _LINUX_CAPABILITY_VERSION_3);
    CHECK_ERRNO(syscall(SYS_capget, bad_pointer(), data), EFAULT);
    CHECK_ERRNO(syscall(SYS_capget, &header, bad_pointer()), EFAULT);
    header.pid = 0x7ffffff0;
    CHECK_ERRNO(syscall(SYS_capget, &header, data), ESRCH);
    header.pid = -1;
    CHECK_ERRNO(syscall(SYS_capget, &header, data), EINVAL);
}

BEHAVIOUR(the_personality_is_linux) { CHECK_EQ(personality(0xffffffff), 0); }
