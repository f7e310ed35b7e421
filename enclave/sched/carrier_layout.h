// Offsets into the carrier page (GS base) and the user frame, for assembly. carrier.h asserts that they match.
#pragma once

#define CARRIER_SELF 0
#define CARRIER_SYSCALL_ENTRY 8
#define CARRIER_USER_RSP 16
#define CARRIER_STACK_TOP 24
#define CARRIER_FIBER 32
#define CARRIER_CANARY 40
#define CARRIER_HOST_RSP 48
#define CARRIER_HOST_RBP 56
#define CARRIER_EXIT_TARGET 64
#define CARRIER_RESUME_RSP 72
#define CARRIER_ATTENTION 80
#define CARRIER_USER_RIP 88
#define CARRIER_EXCEPTION_HOST_RSP 96
#define CARRIER_EXCEPTION_HOST_RBP 104
#define CARRIER_EXCEPTION_EXIT_TARGET 112

#define FRAME_R15 0
#define FRAME_R14 8
#define FRAME_R13 16
#define FRAME_R12 24
#define FRAME_RBP 32
#define FRAME_RBX 40
#define FRAME_R11 48
#define FRAME_R10 56
#define FRAME_R9 64
#define FRAME_R8 72
#define FRAME_RAX 80
#define FRAME_RCX 88
#define FRAME_RDX 96
#define FRAME_RSI 104
#define FRAME_RDI 112
#define FRAME_ORIG_RAX 120
#define FRAME_RIP 128
#define FRAME_RFLAGS 136
#define FRAME_RSP 144
#define FRAME_SIZE 160
