// Policies, priorities, capabilities and what else a process may say about itself.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/fsuid.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

struct scheduling_attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t least, most;
};

static long get_attributes(struct scheduling_attributes* attributes, unsigned size, unsigned flags)
{
    return syscall(SYS_sched_getattr, 0, attributes, size, flags);
}

static long set_attributes(struct scheduling_attributes* attributes)
{
    return syscall(SYS_sched_setattr, 0, attributes, 0);
}

BEHAVIOUR(a_policy_is_told_again)
{
    struct sched_param none = { 0 }, some = { 1 };
    CHECK_OK(sched_setscheduler(0, SCHED_BATCH, &none));
    CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
    CHECK_ERRNO(sched_setscheduler(0, SCHED_BATCH, &some), EINVAL);
    CHECK_ERRNO(sched_setscheduler(0, SCHED_FIFO, &none), EINVAL);
    CHECK_ERRNO(sched_setscheduler(0, 77, &none), EINVAL);
    CHECK_ERRNO(sched_setscheduler(-1, SCHED_OTHER, &none), EINVAL);
    CHECK_ERRNO(sched_setscheduler(0x7ffffff0, SCHED_OTHER, &none), ESRCH);
    CHECK_ERRNO(sched_setscheduler(0, SCHED_OTHER, bad_pointer()), EFAULT);
    CHECK_OK(sched_setscheduler(0, SCHED_OTHER, &none));
    CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
}

static void* become_batch(void* unused)
{
    struct sched_param none = { 0 };
    EXPECT(syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &none) == 0);
    EXPECT(syscall(SYS_sched_getscheduler, 0) == SCHED_BATCH);
    return unused;
}

BEHAVIOUR(a_policy_belongs_to_its_thread)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, become_batch, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
}

BEHAVIOUR(sched_getattr_fills_as_much_as_there_is_room_for)
{
    struct scheduling_attributes attributes;
    memset(&attributes, 0xff, sizeof attributes);
    CHECK_OK(get_attributes(&attributes, 48, 0));
    CHECK_EQ(attributes.size, 48);
    CHECK_EQ(attributes.policy, SCHED_OTHER);
    CHECK_EQ(attributes.priority, 0);
    CHECK_EQ(attributes.least, 0xffffffffu);
    CHECK_ERRNO(get_attributes(&attributes, 47, 0), EINVAL);
    CHECK_ERRNO(get_attributes(&attributes, 4097, 0), EINVAL);
    CHECK_ERRNO(get_attributes(&attributes, 48, 1), EINVAL);
    CHECK_ERRNO(get_attributes(NULL, 48, 0), EINVAL);
    CHECK_ERRNO(get_attributes(bad_pointer(), 48, 0), EFAULT);
    CHECK_ERRNO(syscall(SYS_sched_getattr, -1, &attributes, 48, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_getattr, 0x7ffffff0, &attributes, 48, 0), ESRCH);
}

BEHAVIOUR(sched_setattr_takes_ordinary_policies)
{
    SKIP_IF(geteuid() != 0, "only the superuser may take back SCHED_FLAG_RESET_ON_FORK");
    struct scheduling_attributes attributes;
    CHECK_OK(get_attributes(&attributes, 48, 0));
    attributes.policy = SCHED_BATCH;
    attributes.flags = 1; // SCHED_FLAG_RESET_ON_FORK
    attributes.runtime = 0;
    CHECK_OK(set_attributes(&attributes));
    CHECK_EQ(sched_getscheduler(0), SCHED_BATCH | SCHED_RESET_ON_FORK);
    CHECK_OK(get_attributes(&attributes, 48, 0));
    CHECK_EQ(attributes.policy, SCHED_BATCH);
    CHECK_EQ(attributes.flags, 1);
    attributes.policy = 77;
    CHECK_ERRNO(set_attributes(&attributes), EINVAL);
    attributes.policy = SCHED_FIFO;
    attributes.priority = 0;
    CHECK_ERRNO(set_attributes(&attributes), EINVAL);
}

BEHAVIOUR(sched_setattr_checks_what_it_is_given)
{
    struct {
        struct scheduling_attributes attributes;
        char more[64];
    } given = { 0 };
    CHECK_ERRNO(set_attributes(NULL), EINVAL);
    CHECK_ERRNO(set_attributes(bad_pointer()), EFAULT);
    CHECK_ERRNO(syscall(SYS_sched_setattr, 0, &given, 1), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_setattr, -1, &given, 0), EINVAL);
    given.attributes.size = 47;
    CHECK_ERRNO(set_attributes(&given.attributes), E2BIG);
    CHECK(given.attributes.size >= 56);
    given.attributes.size = 5000;
    CHECK_ERRNO(set_attributes(&given.attributes), E2BIG);
    given.attributes.size = sizeof given;
    given.more[63] = 1;
    CHECK_ERRNO(set_attributes(&given.attributes), E2BIG);
}

BEHAVIOUR(an_io_priority_is_told_again)
{
    CHECK_OK(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 6));
    CHECK_EQ(syscall(SYS_ioprio_get, 1, 0), 2 << 13 | 6);
    CHECK_EQ(syscall(SYS_ioprio_get, 1, getpid()), 2 << 13 | 6);
    CHECK_OK(syscall(SYS_ioprio_set, 1, 0, 3 << 13));
    CHECK_EQ(syscall(SYS_ioprio_get, 1, 0), 3 << 13);
    CHECK_ERRNO(syscall(SYS_ioprio_set, 1, 0, 5), EINVAL);
    CHECK_ERRNO(syscall(SYS_ioprio_set, 1, 0, 4 << 13), EINVAL);
    CHECK_ERRNO(syscall(SYS_ioprio_set, 4, 0, 2 << 13), EINVAL);
    CHECK_ERRNO(syscall(SYS_ioprio_get, 0, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_ioprio_get, 1, 0x7ffffff0), ESRCH);
    CHECK_OK(syscall(SYS_ioprio_set, 1, 0, 0));
}

BEHAVIOUR(a_personality_is_told_again)
{
    struct utsname name;
    CHECK_EQ(personality(PER_LINUX32), 0);
    CHECK_EQ(personality(0xffffffff), PER_LINUX32);
    CHECK_OK(uname(&name));
    CHECK(strcmp(name.machine, "i686") == 0);
    CHECK_EQ(personality(ADDR_NO_RANDOMIZE | STICKY_TIMEOUTS), PER_LINUX32);
    CHECK_EQ(personality(PER_LINUX), ADDR_NO_RANDOMIZE | STICKY_TIMEOUTS);
    CHECK_OK(uname(&name));
    CHECK(strcmp(name.machine, "x86_64") == 0);
}

BEHAVIOUR(the_clock_can_be_read_with_its_discipline)
{
    struct timex clock = { 0 };
    int state = adjtimex(&clock);
    CHECK(state >= TIME_OK && state <= TIME_ERROR);
    CHECK_EQ(state == TIME_ERROR, (clock.status & (STA_UNSYNC | STA_CLOCKERR)) != 0);
    CHECK_EQ(clock.tick, 10000);
    CHECK(clock.time.tv_sec >= time(NULL) - 1);
    struct timex again = { 0 };
    CHECK_EQ(syscall(SYS_clock_adjtime, CLOCK_REALTIME, &again), state);
    CHECK_ERRNO(syscall(SYS_clock_adjtime, CLOCK_MONOTONIC, &again), EOPNOTSUPP);
    CHECK_ERRNO(syscall(SYS_clock_adjtime, 77, &again), EINVAL);
    CHECK_ERRNO(adjtimex(bad_pointer()), EFAULT);
}

BEHAVIOUR(kcmp_knows_equal_descriptors)
{
    int one = eventfd(0, 0), other = eventfd(0, 0), same = dup(one), self = getpid();
    CHECK_EQ(syscall(SYS_kcmp, self, self, KCMP_FILE, one, same), 0);
    long order = syscall(SYS_kcmp, self, self, KCMP_FILE, one, other);
    CHECK(order == 1 || order == 2);
    CHECK_EQ(syscall(SYS_kcmp, self, self, KCMP_FILE, other, one), 3 - order);
    CHECK_EQ(syscall(SYS_kcmp, self, self, KCMP_VM, 0, 0), 0);
    CHECK_EQ(syscall(SYS_kcmp, self, self, KCMP_FILES, 0, 0), 0);
    CHECK_ERRNO(syscall(SYS_kcmp, self, self, KCMP_FILE, one, 1000000), EBADF);
    CHECK_ERRNO(syscall(SYS_kcmp, self, self, 77, 0, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_kcmp, self, 0x7ffffff0, KCMP_VM, 0, 0), ESRCH);
}

static volatile sig_atomic_t signals_taken;

static void take_signal(int number)
{
    (void)number;
    ++signals_taken;
}

BEHAVIOUR(a_process_is_a_descriptor)
{
    int number = (int)syscall(SYS_pidfd_open, getpid(), 0);
    struct pollfd entry = { number, POLLIN, 0 };
    CHECK(number >= 0);
    CHECK_EQ(fcntl(number, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(poll(&entry, 1, 0), 0);
    CHECK_ERRNO(read(number, &entry, 1), EINVAL);
    signal(SIGUSR2, take_signal);
    CHECK_OK(syscall(SYS_pidfd_send_signal, number, 0, NULL, 0));
    CHECK_OK(syscall(SYS_pidfd_send_signal, number, SIGUSR2, NULL, 0));
    CHECK_EQ(signals_taken, 1);
    CHECK_ERRNO(syscall(SYS_pidfd_send_signal, number, 99, NULL, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_pidfd_send_signal, eventfd(0, 0), 0, NULL, 0), EBADF);
    CHECK_ERRNO(syscall(SYS_pidfd_send_signal, number, 0, NULL, 0x4000), EINVAL);
    CHECK_ERRNO(syscall(SYS_pidfd_open, -1, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_pidfd_open, getpid(), 1), EINVAL);
    CHECK_ERRNO(syscall(SYS_pidfd_open, 0x7ffffff0, 0), ESRCH);
}

BEHAVIOUR(pidfd_getfd_duplicates)
{
    int number = (int)syscall(SYS_pidfd_open, getpid(), 0), counter = eventfd(7, EFD_NONBLOCK);
    int same = (int)syscall(SYS_pidfd_getfd, number, counter, 0);
    SKIP_IF(same < 0 && errno == EPERM, "tracing is restricted here");
    uint64_t value = 0;
    CHECK_EQ(read(same, &value, 8), 8);
    CHECK_EQ(value, 7);
    CHECK_EQ(fcntl(same, F_GETFD), FD_CLOEXEC);
    CHECK_ERRNO(syscall(SYS_pidfd_getfd, number, 1000000, 0), EBADF);
    CHECK_ERRNO(syscall(SYS_pidfd_getfd, counter, 0, 0), EBADF);
    CHECK_ERRNO(syscall(SYS_pidfd_getfd, number, 0, 1), EINVAL);
}

BEHAVIOUR(setfsuid_returns_the_old_value)
{
    uid_t user = geteuid();
    CHECK_EQ(setfsuid(user), user);
    CHECK_EQ(setfsuid(-1), user);
    CHECK_EQ(setfsgid(-1), getegid());
    SKIP_IF(user != 0, "needs the superuser");
    CHECK_EQ(setfsuid(65534), 0);
    CHECK_EQ(setfsuid(0), 65534);
    CHECK_EQ(setfsuid(-1), 0);
}

static bool get_capabilities(struct __user_cap_data_struct (*data)[2])
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    return syscall(SYS_capget, &header, *data) == 0;
}

static long set_capabilities(struct __user_cap_data_struct (*data)[2])
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    return syscall(SYS_capset, &header, *data);
}

static void* drop_capabilities(void* unused)
{
    struct __user_cap_data_struct data[2], seen[2];
    EXPECT(get_capabilities(&data));
    data[0].effective &= ~(1u << CAP_SETUID);
    EXPECT(set_capabilities(&data) == 0);
    EXPECT(get_capabilities(&seen) && seen[0].effective == data[0].effective);
    errno = 0;
    EXPECT(geteuid() != 0 || (syscall(SYS_setuid, 12345) == -1 && errno == EPERM));
    data[0].permitted &= ~(1u << CAP_SETUID);
    EXPECT(set_capabilities(&data) == 0);
    data[0].permitted |= 1u << CAP_SETUID;
    errno = 0;
    EXPECT(set_capabilities(&data) == -1 && errno == EPERM);
    data[0].permitted &= ~(1u << CAP_SETUID);
    data[0].effective |= 1u << CAP_SETUID;
    errno = 0;
    EXPECT(set_capabilities(&data) == -1 && errno == EPERM);
    return unused;
}

ENDING_BEHAVIOUR(a_capability_that_was_dropped_is_gone)
{
    drop_capabilities(NULL);
    _exit(7);
}

ENDING_BEHAVIOUR(capabilities_follow_the_identity)
{
    struct __user_cap_data_struct data[2];
    if (geteuid() != 0)
        _exit(0);
    EXPECT(setresuid(1234, 1234, 0) == 0);
    EXPECT(get_capabilities(&data) && data[0].effective == 0 && data[0].permitted != 0);
    EXPECT(seteuid(0) == 0);
    EXPECT(get_capabilities(&data) && data[0].effective == data[0].permitted);
    EXPECT(setresuid(1234, 1234, 1234) == 0);
    EXPECT(get_capabilities(&data) && data[0].effective == 0 && data[0].permitted == 0);
    EXPECT(setuid(0) == -1);
    _exit(0);
}
