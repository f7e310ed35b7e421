// The symbols of gate.S; its head comment is their contract.
#pragma once

#include "host/platform/emulator/gate_offsets.h"

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <ucontext.h>

namespace farl::host {
struct ThreadBlock;

// The FS and GS base that a signal handler found, and sets when it returns.
struct SegmentBases {
    uint64_t fs;
    uint64_t gs;
};
// The enclave whose page leaves the gate may execute; a size of 0 is none.
struct SoleEnclave {
    uint64_t base;
    uint64_t size;
    uint64_t augments; // whether EACCEPT finds a new page where there is none
    // Pages that EACCEPTCOPY fills elsewhere, until the host puts all of them in their place (shadow_pages.h).
    uint64_t shadow_start;
    uint64_t shadow_size;
    uint64_t shadow_delta;
    uint64_t returns[ENCLU_THUNK_COUNT]; // what follows the site, by the index of its thunk
};
static_assert(offsetof(SoleEnclave, size) == SOLE_SIZE && offsetof(SoleEnclave, augments) == SOLE_AUGMENTS);
static_assert(offsetof(SoleEnclave, shadow_start) == SOLE_SHADOW_START);
static_assert(offsetof(SoleEnclave, shadow_size) == SOLE_SHADOW_SIZE);
static_assert(offsetof(SoleEnclave, shadow_delta) == SOLE_SHADOW_DELTA);
static_assert(offsetof(SoleEnclave, returns) == SOLE_RETURNS);
} // namespace farl::host

extern "C" {
int emulator_gate_enter(farl::host::ThreadBlock*);
int emulator_gate_resume(farl::host::ThreadBlock*);
[[noreturn]] void emulator_gate_leave(farl::host::ThreadBlock*, int result);
extern char const emulator_gate_enter_begin[], emulator_gate_enter_end[];
extern char const emulator_gate_resume_begin[], emulator_gate_resume_end[], emulator_gate_xrstor[];
extern char const emulator_exit_thunks[], emulator_enclu_thunks[];

extern char const emulator_page_leaf[], emulator_page_leaf_kept[], emulator_page_leaf_judged[];
extern char const emulator_page_leaf_done[], emulator_page_leaf_left[], emulator_page_leaf_end[];
extern farl::host::SoleEnclave emulator_sole_enclave;
extern uint8_t* emulator_epcm; // epcm.cpp

int emulator_code_byte(uint64_t address);
extern char const emulator_code_byte_load[], emulator_code_byte_fault[];

void emulator_on_fault(int signal, siginfo_t* info, void* context);
void emulator_on_interrupt(int signal, siginfo_t* info, void* context);
void emulator_handle_fault(int, siginfo_t*, ucontext_t*, farl::host::ThreadBlock*, farl::host::SegmentBases*);
void emulator_handle_interrupt(int, siginfo_t*, ucontext_t*, farl::host::ThreadBlock*, farl::host::SegmentBases*);

// Start of the thread arena: THREAD_SLOT_COUNT slots, aligned to their size. Far from all stacks until it is made.
extern uint64_t emulator_thread_arena;
}
