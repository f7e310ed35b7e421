// Calls of many families, with what they say on stdout: the same program must say the same with its system calls
// patched. Everything printed is the same in each run. With an argument, cancels no thread: musl compares the RIP of
// the signal frame, which is in a thunk here (patched_elf.h) and at the syscall in an enclave.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static volatile sig_atomic_t alarms;
static sigjmp_buf after_fault;
static int turn;

static void on_alarm(int number)
{
    (void)number;
    ++alarms;
}

static void on_fault(int number) { siglongjmp(after_fault, number); }

static void* take_turns(void* argument)
{
    int const mine = (int)(long)argument;
    for (int i = 0; i < 200; ++i) {
        pthread_mutex_lock(&mutex);
        while (turn % 4 != mine)
            pthread_cond_wait(&condition, &mutex);
        ++turn;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return argument;
}

static void threads(void)
{
    pthread_t id[4];
    long sum = 0;
    for (long i = 0; i < 4; ++i)
        pthread_create(&id[i], NULL, take_turns, (void*)i);
    for (int i = 0; i < 4; ++i) {
        void* result;
        pthread_join(id[i], &result);
        sum += (long)result;
    }
    printf("threads: %d turns, sum %ld\n", turn, sum);
}

static void files(void)
{
    char name[] = "/tmp/farl-exercise-XXXXXX", buffer[64] = { 0 };
    int fd = mkstemp(name);
    struct iovec parts[2] = { { "hello ", 6 }, { "world", 5 } };
    long written = writev(fd, parts, 2);
    long at = pwrite(fd, "W", 1, 6);
    long count = pread(fd, buffer, sizeof(buffer), 0);
    struct stat status;
    fstat(fd, &status);
    printf("files: %ld %ld %ld '%s' size %ld\n", written, at, count, buffer, (long)status.st_size);
    lseek(fd, 6, SEEK_SET);
    memset(buffer, 0, sizeof(buffer));
    count = read(fd, buffer, sizeof(buffer));
    printf("files: read %ld '%s', dup %d, unlink %d\n", count, buffer, dup2(fd, 100), unlink(name));
    int result = open("/no/such/file", O_RDONLY);
    printf("files: open %d errno %d\n", result, errno);
    close(fd);
    result = close(fd);
    printf("files: closed %d errno %d\n", result, errno);
}

static void pipes_and_polls(void)
{
    int ends[2], pair[2], ready = 0;
    char buffer[16] = { 0 };
    struct epoll_event event = { .events = EPOLLIN };
    if (pipe(ends) || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        return;
    struct pollfd polled = { ends[0], POLLIN, 0 };
    int epoll = epoll_create1(0), counter = eventfd(3, 0);
    event.data.fd = pair[1];
    epoll_ctl(epoll, EPOLL_CTL_ADD, pair[1], &event);
    printf("polls: %d", poll(&polled, 1, 10));
    printf(" %ld", (long)write(ends[1], "x", 1));
    printf(" %d", poll(&polled, 1, -1));
    printf(" %ld", (long)send(pair[0], "ping", 4, 0));
    ready = epoll_wait(epoll, &event, 1, -1);
    printf(" %d %d", ready, event.data.fd == pair[1]);
    printf(" %ld '%s'", (long)recv(pair[1], buffer, sizeof(buffer), 0), buffer);
    unsigned long long value = 0;
    ready = read(counter, &value, sizeof(value)) == sizeof(value);
    printf(" %d %llu\n", ready, value);
}

static void memory(void)
{
    size_t const size = 1 << 20;
    char* area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(area, 7, size);
    area = mremap(area, size, 4 * size, MREMAP_MAYMOVE);
    int protected = mprotect(area, 4096, PROT_READ);
    signal(SIGSEGV, on_fault);
    int fault = sigsetjmp(after_fault, 1);
    if (fault == 0)
        *(volatile char*)area = 1;
    signal(SIGSEGV, SIG_DFL);
    printf("memory: %d, signal %d, last %d", protected, fault, area[size - 1]);
    printf(", unmapped %d\n", munmap(area, 4 * size));
}

static void processes(void)
{
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        printf("child: parent differs %d\n", getpid() != getppid());
        fflush(stdout);
        _exit(3);
    }
    waitpid(child, &status, 0);
    printf("fork: exit status %d\n", WEXITSTATUS(status));
    fflush(stdout);
    child = vfork();
    if (child == 0)
        _exit(4);
    waitpid(child, &status, 0);
    printf("vfork: exit status %d\n", WEXITSTATUS(status));
    char* arguments[] = { "sh", "-c", "exit 5", NULL };
    posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ);
    waitpid(child, &status, 0);
    printf("spawn: exit status %d\n", WEXITSTATUS(status));
}

// SIGALRM interrupts a read, which fails with EINTR or starts again.
static void signals(void)
{
    int ends[2];
    char byte = 0;
    if (pipe(ends))
        return;
    struct sigaction action = { .sa_handler = on_alarm };
    struct itimerval const soon = { .it_value = { 0, 30000 } };
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    long count = read(ends[0], &byte, 1);
    printf("signals: %ld errno %d, alarms %d\n", count, errno, (int)alarms);

    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    pid_t writer = fork();
    if (writer == 0) {
        setitimer(ITIMER_REAL, &(struct itimerval) { 0 }, NULL);
        usleep(100000);
        _exit(write(ends[1], "y", 1) != 1);
    }
    count = read(ends[0], &byte, 1);
    printf("signals: restarted %ld '%c', alarms %d\n", count, byte, (int)alarms);
    waitpid(writer, NULL, 0);

    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    setitimer(ITIMER_REAL, &soon, NULL);
    int result = sigsuspend(&before);
    printf("signals: suspended %d errno %d, alarms %d\n", result, errno, (int)alarms);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void* block(void* argument)
{
    char byte;
    pthread_exit((void*)(long)read(*(int*)argument, &byte, 1));
}

static void cancellation(void)
{
    int ends[2];
    pthread_t id;
    void* result;
    if (pipe(ends))
        return;
    pthread_create(&id, NULL, block, &ends[0]);
    usleep(50000);
    pthread_cancel(id);
    pthread_join(id, &result);
    printf("cancellation: %d\n", result == PTHREAD_CANCELED);
}

static void times(void)
{
    struct timespec const nap = { 0, 20000000 };
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    int result = clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    long long elapsed = (after.tv_sec - before.tv_sec) * 1000000000ll + after.tv_nsec - before.tv_nsec;
    printf("times: %d, slept enough %d\n", result, elapsed >= nap.tv_nsec);
}

static void identity(void)
{
    struct utsname name;
    char directory[4096];
    uname(&name);
    umask(027);
    printf("identity: uid %d %d, %s, umask %o", getuid(), geteuid(), name.sysname, umask(022));
    printf(", directory %s\n", getcwd(directory, sizeof(directory)));
}

int main(int count, char** arguments)
{
    (void)arguments;
    threads();
    files();
    pipes_and_polls();
    memory();
    processes();
    signals();
    if (count == 1)
        cancellation();
    times();
    identity();
    return 0;
}
