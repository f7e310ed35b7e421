// The application's general registers while its thread is inside the runtime; lies at the top of the fiber's stack.
#pragma once

#include "enclave/sched/carrier_layout.h"

#include <cstddef>
#include <cstdint>

namespace farl {

struct UserFrame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t orig_rax; // the system call's number, or -1 when it is none
    uint64_t rip, rflags, rsp;
    uint64_t padding;
};
static_assert(offsetof(UserFrame, rbx) == FRAME_RBX && offsetof(UserFrame, rax) == FRAME_RAX);
static_assert(offsetof(UserFrame, orig_rax) == FRAME_ORIG_RAX && offsetof(UserFrame, rsp) == FRAME_RSP);
static_assert(sizeof(UserFrame) == FRAME_SIZE);

} // namespace farl
