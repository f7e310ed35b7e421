// The transitions between host and enclave, and the entry of signal handlers. FS and GS base are the enclave's
// wherever the RIP is in the enclave; everything here runs with either, so nothing here uses them.
//
// The gates are reached by a jump, with the address to go on at on the stack (entry.cpp).
//   int emulator_gate_enter(ThreadBlock* rdi)    EENTER with the state in GATE_RAX...GATE_R9.
//   int emulator_gate_resume(ThreadBlock* rdi)   ERESUME with the state in GATE_RESUME and at GATE_XSAVE.
//       Return GATE_...; callee-saved registers, MXCSR and x87 control word are as at the jump.
//       Between *_begin and *_end nothing has happened yet: a signal there makes them return GATE_NOT_ENTERED.
//   emulator_gate_leave(ThreadBlock* rdi, int esi)
//       For a signal handler, which has set the host's FS and GS base: makes the gate return esi. Never returns.
//   emulator_exit_thunks    Where EEXIT goes: 16 bytes for each slot of the thread arena, by which the thread's block
//       is found. RDI, RSI, RDX, R8, R9 are the enclave's; the other registers are free.
//   emulator_enclu_thunks    What patched ENCLU sites jump to: 64 bytes for each of the first sites of an enclave; EAX
//       is the leaf. EEXIT to an exit thunk is done here, page leaves in page_leaf_gate.S; everything else ends in
//       the UD2, for the handler of SIGILL. Nothing here touches the stack: where RSP points is the enclave's business.
//   int emulator_code_byte(uint64_t address)    The byte there, or -1 if it cannot be read: the handler of a fault at
//       emulator_code_byte_load goes on at emulator_code_byte_fault.
//   emulator_on_fault, emulator_on_interrupt    Signal handlers (SysV ABI, alternate stack). They find the block from
//       RSP, switch FS and GS base to the host's and call emulator_handle_...(signal, siginfo, ucontext, block, bases);
//       if that returns, they set the bases it left in `bases` (FS, GS) and return to the interrupted code.
#include "host/platform/emulator/gate_offsets.h"

        .text

        .macro save_host
        push    %rbp
        push    %rbx
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        stmxcsr GATE_MXCSR(%rdi)
        fnstcw  GATE_FPU_CONTROL(%rdi)
        mov     %rsp, GATE_HOST_RSP(%rdi)
        mov     GATE_URSP(%rdi), %rax
        mov     %rsp, (%rax)
        mov     %rbp, 8(%rax)
        .endm

        // Sets GS base to the value of the register, if it is not that already: writing costs ten times as much as
        // reading. Destroys rax.
        .macro set_gs_base value
        rdgsbase %rax
        cmp     %rax, \value
        je      9f
        wrgsbase \value
9:
        .endm

        // A host that had no GS base uses none, and does not get it back.
        .macro restore_host_gs block
        mov     GATE_HOST_GS(\block), %rax
        test    %rax, %rax
        jz      9f
        wrgsbase %rax
9:
        .endm

        // eax: what the gate returns. The x87 unit is in its initial state, or in that of the call.
        .macro return_to_host block
        ldmxcsr GATE_MXCSR(\block)
        cmpw    $FPU_CONTROL_INITIAL, GATE_FPU_CONTROL(\block)
        je      9f
        fldcw   GATE_FPU_CONTROL(\block)
9:
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbx
        pop     %rbp
        pop     %rcx
        jmp     *%rcx           // no return: entry.cpp made no call
        .endm

        .globl  emulator_gate_enter, emulator_gate_enter_begin, emulator_gate_enter_end
        .hidden emulator_gate_enter, emulator_gate_enter_begin, emulator_gate_enter_end
        .type   emulator_gate_enter, @function
        .p2align 5
emulator_gate_enter:
        save_host
emulator_gate_enter_begin:
        cmpl    $0, GATE_INTERRUPT_PENDING(%rdi)
        jne     not_entered
        mov     GATE_FS(%rdi), %rax
        wrfsbase %rax
        mov     GATE_GS(%rdi), %rcx
        set_gs_base %rcx
        mov     GATE_RAX(%rdi), %rax
        mov     GATE_RBX(%rdi), %rbx
        mov     GATE_RCX(%rdi), %rcx
        mov     GATE_RSI(%rdi), %rsi
        mov     GATE_RDX(%rdi), %rdx
        mov     GATE_R8(%rdi), %r8
        mov     GATE_R9(%rdi), %r9
        mov     GATE_RIP(%rdi), %r11
        mov     GATE_RDI(%rdi), %rdi
        jmp     *%r11
emulator_gate_enter_end:
        .size   emulator_gate_enter, . - emulator_gate_enter

        .globl  emulator_gate_resume, emulator_gate_resume_begin, emulator_gate_resume_end, emulator_gate_xrstor
        .hidden emulator_gate_resume, emulator_gate_resume_begin, emulator_gate_resume_end, emulator_gate_xrstor
        .type   emulator_gate_resume, @function
        .p2align 5
emulator_gate_resume:
        save_host
emulator_gate_resume_begin:
        cmpl    $0, GATE_INTERRUPT_PENDING(%rdi)
        jne     not_entered
        mov     GATE_XFRM(%rdi), %eax
        mov     GATE_XFRM+4(%rdi), %edx
        mov     GATE_XSAVE(%rdi), %rcx
emulator_gate_xrstor:
        xrstor64 (%rcx)
        add     $GATE_RESUME, %rdi
        mov     GPR_FS(%rdi), %rax
        wrfsbase %rax
        mov     GPR_GS(%rdi), %rcx
        set_gs_base %rcx
        // The frame of IRETQ lies on the host's stack: the enclave's red zone stays whole.
        mov     %ss, %eax
        push    %rax
        push    GPR_RSP(%rdi)
        push    GPR_RFLAGS(%rdi)
        mov     %cs, %eax
        push    %rax
        push    GPR_RIP(%rdi)
        mov     GPR_RAX(%rdi), %rax
        mov     GPR_RBX(%rdi), %rbx
        mov     GPR_RCX(%rdi), %rcx
        mov     GPR_RDX(%rdi), %rdx
        mov     GPR_RBP(%rdi), %rbp
        mov     GPR_RSI(%rdi), %rsi
        mov     GPR_R8(%rdi), %r8
        mov     GPR_R9(%rdi), %r9
        mov     GPR_R10(%rdi), %r10
        mov     GPR_R11(%rdi), %r11
        mov     GPR_R12(%rdi), %r12
        mov     GPR_R13(%rdi), %r13
        mov     GPR_R14(%rdi), %r14
        mov     GPR_R15(%rdi), %r15
        mov     GPR_RDI(%rdi), %rdi
        iretq
emulator_gate_resume_end:
        .size   emulator_gate_resume, . - emulator_gate_resume

not_entered:
        mov     $GATE_NOT_ENTERED, %eax
        return_to_host %rdi

        .globl  emulator_gate_leave
        .hidden emulator_gate_leave
        .type   emulator_gate_leave, @function
emulator_gate_leave:
        mov     GATE_HOST_RSP(%rdi), %rsp
        mov     %esi, %eax
        return_to_host %rdi
        .size   emulator_gate_leave, . - emulator_gate_leave

        .globl  emulator_exit_thunks
        .hidden emulator_exit_thunks
        .type   emulator_exit_thunks, @function
        .p2align 6
emulator_exit_thunks:
        .set    slot, 0
        .rept   THREAD_SLOT_COUNT
        mov     $(slot << THREAD_SLOT_SHIFT), %ebx
        jmp     exited
        .p2align 4
        .set    slot, slot + 1
        .endr
        .size   emulator_exit_thunks, . - emulator_exit_thunks

        .p2align 5
exited:
        add     emulator_thread_arena(%rip), %rbx
        mov     GATE_HOST_RSP(%rbx), %rsp
        mov     GATE_HOST_FS(%rbx), %rax
        wrfsbase %rax
        restore_host_gs %rbx
        mov     %rdi, GATE_RDI(%rbx)
        mov     %rsi, GATE_RSI(%rbx)
        mov     %rdx, GATE_RDX(%rbx)
        mov     %r8, GATE_R8(%rbx)
        mov     %r9, GATE_R9(%rbx)
        // The enclave may leave flags and the x87 stack in a state that compiled code does not expect.
        pushfq
        pop     %rax
        test    $(RFLAGS_AC | RFLAGS_DF), %eax
        jnz     clear_flags
flags_clear:
        // XINUSE costs less than looking at the unit, and than cleaning it, which would mark it as in use.
        mov     $1, %ecx
        xgetbv
        test    $1, %al
        jnz     clean_x87
x87_clean:
        xor     %eax, %eax
        mov     %rbx, %rdi
        return_to_host %rdi
clear_flags:
        and     $~(RFLAGS_AC | RFLAGS_DF), %eax
        push    %rax
        popfq
        jmp     flags_clear
clean_x87:
        fnclex
        emms
        fldcw   GATE_FPU_CONTROL(%rbx)
        jmp     x87_clean

        .globl  emulator_enclu_thunks
        .hidden emulator_enclu_thunks
        .type   emulator_enclu_thunks, @function
        .p2align 6
emulator_enclu_thunks:
        .set    site, 0
        .rept   ENCLU_THUNK_COUNT
        .set    thunk, .
        cmp     $4, %eax
        jne     2f
        lea     emulator_exit_thunks(%rip), %rax
        neg     %rax
        add     %rbx, %rax
        cmp     $(THREAD_SLOT_COUNT * EXIT_THUNK_SIZE), %rax
        jae     1f
        jmp     *%rbx
1:      mov     $4, %eax
        jmp     3f
2:      cmp     $5, %eax
        jb      3f
        cmp     $7, %eax
        ja      3f
        or      $(site << 8), %eax
        jmp     emulator_page_leaf
        .org    thunk + ENCLU_THUNK_TRAP
3:      ud2
        .set    site, site + 1
        .endr
        .size   emulator_enclu_thunks, . - emulator_enclu_thunks

        .globl  emulator_code_byte, emulator_code_byte_load, emulator_code_byte_fault
        .hidden emulator_code_byte, emulator_code_byte_load, emulator_code_byte_fault
        .type   emulator_code_byte, @function
emulator_code_byte:
emulator_code_byte_load:
        movzbl  (%rdi), %eax
        ret
emulator_code_byte_fault:
        mov     $-1, %eax
        ret
        .size   emulator_code_byte, . - emulator_code_byte

        .macro handler name, callee
        .globl  \name
        .hidden \name
        .type   \name, @function
        .p2align 4
\name:
        .cfi_startproc
        push    %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        sub     $16, %rsp
        .cfi_adjust_cfa_offset 16
        mov     %rsp, %rcx
        sub     emulator_thread_arena(%rip), %rcx
        cmp     $(THREAD_SLOT_COUNT << THREAD_SLOT_SHIFT), %rcx
        jae     1f
        mov     %rsp, %rcx
        and     $-(1 << THREAD_SLOT_SHIFT), %rcx
        rdfsbase %rax
        mov     %rax, (%rsp)
        rdgsbase %rax
        mov     %rax, 8(%rsp)
        mov     GATE_HOST_FS(%rcx), %rax
        wrfsbase %rax
        restore_host_gs %rcx
        pushfq
        andl    $~RFLAGS_AC, (%rsp)
        popfq
        mov     %rsp, %r8
        call    \callee
        mov     (%rsp), %rax
        wrfsbase %rax
        mov     8(%rsp), %rcx
        set_gs_base %rcx
        jmp     2f
        // This thread never entered an enclave.
1:      xor     %ecx, %ecx
        xor     %r8d, %r8d
        call    \callee
2:      add     $16, %rsp
        .cfi_adjust_cfa_offset -16
        pop     %rbx
        .cfi_adjust_cfa_offset -8
        ret
        .cfi_endproc
        .size   \name, . - \name
        .endm

        handler emulator_on_fault, emulator_handle_fault
        handler emulator_on_interrupt, emulator_handle_interrupt

        .section .note.GNU-stack, "", @progbits
