// Waiting for several files: poll, select, epoll.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<int> sys_poll(Thread&, UserBytes entries, unsigned count, int timeout_ms);
Result<int> sys_ppoll(Thread&, UserBytes entries, unsigned count, uint64_t timeout, uint64_t mask, size_t mask_size);
Result<int> sys_select(Thread&, int count, uint64_t readable, uint64_t writable, uint64_t special, uint64_t timeout);
Result<int> sys_pselect6(
    Thread&, int count, uint64_t readable, uint64_t writable, uint64_t special, uint64_t timeout, uint64_t mask);
Result<int> sys_epoll_create(Thread&, int size);
Result<int> sys_epoll_create1(Thread&, int flags);
Result<> sys_epoll_ctl(Thread&, int epfd, int operation, int fd, uint64_t event);
Result<size_t> sys_epoll_wait(Thread&, int epfd, UserBytes events, int most, int timeout_ms);
Result<size_t> sys_epoll_pwait(
    Thread&, int epfd, UserBytes events, int most, int timeout_ms, uint64_t mask, size_t mask_size);
Result<size_t> sys_epoll_pwait2(
    Thread&, int epfd, UserBytes events, int most, uint64_t timeout, uint64_t mask, size_t mask_size);

} // namespace farl
