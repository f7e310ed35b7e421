// The calls that sequences are made of. Left out is what ends, blocks or moves the whole program (exit, fork, execve,
// changes of identity), what hands out time, and what the host's other programs would feel.
#include "tests/fuzz/syscalls/call.h"

#include "tests/fuzz/syscalls/hidden.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>

namespace farl::fuzz {

namespace {

template <int64_t... Values>
struct List {
    static constexpr int64_t values[] { Values... };
};
template <int64_t... Values>
constexpr Argument flags()
{
    return { Kind::Flags, List<Values...>::values };
}
template <int64_t... Values>
constexpr Argument one_of()
{
    return { Kind::Choice, List<Values...>::values };
}

constexpr auto kOpenFlags = flags<O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK, O_DIRECTORY,
    O_NOFOLLOW, O_CLOEXEC, O_PATH, O_NOATIME, O_SYNC>();
constexpr auto kAtFlags = flags<AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_NO_AUTOMOUNT, AT_SYMLINK_FOLLOW>();
constexpr auto kAccessMode = flags<R_OK, W_OK, X_OK>();
constexpr auto kWhence = one_of<SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE, 5>();
constexpr auto kAttributeFlags = one_of<0, XATTR_CREATE, XATTR_REPLACE, 3>();
constexpr auto kReadWriteFlags = flags<RWF_HIPRI, RWF_DSYNC, RWF_SYNC, RWF_NOWAIT, RWF_APPEND>();
constexpr auto kNewFlags = flags<O_NONBLOCK, O_CLOEXEC, O_DIRECT>();
constexpr auto kProtection = flags<PROT_READ, PROT_WRITE>();
constexpr auto kMapFlags = one_of<MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, MAP_PRIVATE | MAP_FIXED,
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, MAP_PRIVATE | MAP_ANONYMOUS, MAP_ANONYMOUS | MAP_FIXED,
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, 0>();
constexpr auto kAdvice = one_of<MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED, MADV_DONTFORK,
    MADV_DOFORK, MADV_DONTDUMP, MADV_DODUMP, MADV_COLD, MADV_PAGEOUT, 9999>();
constexpr auto kMessageFlags = flags<MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_NOSIGNAL, MSG_OOB>();
constexpr auto kOptionLevel = one_of<SOL_SOCKET, SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP, IPPROTO_IPV6, 12345>();
constexpr auto kOption = one_of<SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_BROADCAST, SO_KEEPALIVE, SO_OOBINLINE, SO_PRIORITY,
    SO_LINGER, SO_REUSEPORT, SO_PASSCRED, SO_RCVLOWAT, SO_ACCEPTCONN, SO_PROTOCOL, SO_DOMAIN, 9999>();
constexpr auto kDescriptorCommand = one_of<F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_GETPIPE_SZ,
    F_SETPIPE_SZ, F_GET_SEALS, F_GETSIG, F_SETSIG, F_GETLEASE, F_NOTIFY, 9999>();
constexpr auto kLockCommand = one_of<F_GETLK, F_SETLK, F_OFD_GETLK, F_OFD_SETLK>();
constexpr auto kRequest = one_of<FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, FIOASYNC, TIOCGWINSZ, TCGETS, TIOCGPGRP,
    TIOCOUTQ, SIOCATMARK, FIGETBSZ, FS_IOC_GETVERSION, 0x1234>();
constexpr auto kAllocationMode =
    flags<FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, FALLOC_FL_ZERO_RANGE, FALLOC_FL_COLLAPSE_RANGE>();
constexpr auto kFileAdvice = one_of<0, 1, 2, 3, 4, 5, 6, -1>();
constexpr auto kSealFlags = flags<MFD_CLOEXEC, MFD_ALLOW_SEALING>();
constexpr auto kDomain = one_of<AF_UNIX, AF_INET, AF_INET6, AF_UNSPEC, 77>();
constexpr auto kSocketType = one_of<SOCK_STREAM | SOCK_NONBLOCK, SOCK_DGRAM | SOCK_NONBLOCK,
    SOCK_SEQPACKET | SOCK_NONBLOCK, SOCK_STREAM | SOCK_CLOEXEC, 0, 9, 0x7000>();
constexpr auto kWho = one_of<RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD, 5>();
constexpr auto kRenameFlags = flags<RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT>();
constexpr auto kWatchMask = flags<IN_CREATE, IN_DELETE, IN_MODIFY, IN_ATTRIB, IN_ONESHOT, IN_ONLYDIR, IN_MASK_ADD>();
constexpr auto kTimerFlags = flags<TFD_TIMER_ABSTIME>();
constexpr auto kPolicy = one_of<SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, SCHED_FIFO, SCHED_RR, 4, 77, -1>();
constexpr auto kRemap = one_of<0, MREMAP_MAYMOVE, MREMAP_MAYMOVE | MREMAP_FIXED, MREMAP_FIXED, 8>();
constexpr auto kEventMask = flags<EPOLL_CLOEXEC>();
constexpr auto kTargetFlags = one_of<0, O_CLOEXEC, 1>();
constexpr auto kSyncFlags = one_of<MS_SYNC, MS_ASYNC, MS_SYNC | MS_INVALIDATE, MS_SYNC | MS_ASYNC, 8>();
constexpr auto kResource = one_of<RLIMIT_CORE, RLIMIT_STACK, RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_MEMLOCK, 16, -1>();
constexpr auto kPeekOption = one_of<PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS, PR_GET_KEEPCAPS, PR_GET_THP_DISABLE,
    PR_GET_TIMERSLACK, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_TIMERSLACK, 9999>();

using enum Kind;

constexpr Call kCalls[] {
#include "tests/fuzz/syscalls/calls.inc"
};

} // namespace

std::span<Call const> calls() { return kCalls; }

} // namespace farl::fuzz
