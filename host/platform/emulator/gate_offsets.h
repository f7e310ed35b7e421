// Offsets in ThreadBlock (thread_block.h checks them) and constants that gate.S and the C++ code share.
#pragma once

#define GATE_HOST_RSP 0
#define GATE_HOST_FS 8
#define GATE_HOST_GS 16
#define GATE_MXCSR 24
#define GATE_FPU_CONTROL 28
#define GATE_INTERRUPT_PENDING 32
#define GATE_RAX 40
#define GATE_RBX 48
#define GATE_RCX 56
#define GATE_RIP 64
#define GATE_FS 72
#define GATE_GS 80
#define GATE_RDI 88
#define GATE_RSI 96
#define GATE_RDX 104
#define GATE_R8 112
#define GATE_R9 120
#define GATE_XSAVE 128
#define GATE_XFRM 136
#define GATE_URSP 144
#define GATE_RESUME 152

// Offsets in sgx::Gprs.
#define GPR_RAX 0
#define GPR_RCX 8
#define GPR_RDX 16
#define GPR_RBX 24
#define GPR_RSP 32
#define GPR_RBP 40
#define GPR_RSI 48
#define GPR_RDI 56
#define GPR_R8 64
#define GPR_R9 72
#define GPR_R10 80
#define GPR_R11 88
#define GPR_R12 96
#define GPR_R13 104
#define GPR_R14 112
#define GPR_R15 120
#define GPR_RFLAGS 128
#define GPR_RIP 136
#define GPR_FS 168
#define GPR_GS 176

// Slots of the thread arena.
#define THREAD_SLOT_SHIFT 18
#define THREAD_SLOT_COUNT 1024
#define EXIT_THUNK_SIZE 16

// ENCLU sites of one enclave that can be patched, the size of what they jump to, and where in that the UD2 is.
#define ENCLU_THUNK_COUNT 64
#define ENCLU_THUNK_SIZE 64
#define ENCLU_THUNK_TRAP 62

// An entry of the EPCM (epcm.h): the low bits of SECINFO.FLAGS, and the type.
#define EPCM_READ 0x01
#define EPCM_WRITE 0x02
#define EPCM_EXECUTE 0x04
#define EPCM_PERMISSIONS 0x07
#define EPCM_PENDING 0x08
#define EPCM_MODIFIED 0x10
#define EPCM_RESTRICTED 0x20
#define EPCM_REGULAR 0x40
#define EPCM_TCS 0x80
#define EPCM_TRIM 0xC0
#define EPCM_TYPE 0xC0

// Offsets in SoleEnclave (gate.h).
#define SOLE_BASE 0
#define SOLE_SIZE 8
#define SOLE_AUGMENTS 16
#define SOLE_SHADOW_START 24
#define SOLE_SHADOW_SIZE 32
#define SOLE_SHADOW_DELTA 40
#define SOLE_RETURNS 48

// Where page leaves keep registers, from RSP: below the red zone.
#define PAGE_LEAF_RDI -136
#define PAGE_LEAF_RSI -144
#define PAGE_LEAF_RAX -152
#define PAGE_LEAF_TARGET -160
#define PAGE_LEAF_RCX -168

// What a gate returns.
#define GATE_EXITED 0
#define GATE_AEX 1
#define GATE_NOT_ENTERED 2
#define GATE_FAULTED 3

#define RFLAGS_AC 0x40000
#define RFLAGS_DF 0x400
#define FPU_CONTROL_INITIAL 0x37F
