/* To be preloaded where there is no fork(2), for a program whose parent only waits for its child: the process goes on
 * as the child, and ends with the child's status. Until then it says that it is its parent. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_child;

pid_t fork(void)
{
    is_child = true;
    return 0;
}

pid_t getpid(void) { return (pid_t)syscall(is_child ? SYS_getpid : SYS_getppid); }
