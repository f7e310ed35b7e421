// The doors of the enclave.
//
// farl_enclave_entry (OENTRY)  RAX CSSA, RBX TCS, RCX where EEXIT goes; RDI, RSI, RDX from the host. RSP, RBP are the host's.
// farl_exit(RDI, RSI)          EEXIT with these two values; returns at the next EENTER with Resume, the only one that is
//                              not refused meanwhile. Callee-saved registers live on the stack. The caller has saved and
//                              cleared the vector registers.
// farl_refuse()                EEXIT with Refused, from a carrier that has nothing else to say; does not return.
// farl_syscall_entry           from a stub: RCX is the address after the system call; the user's stack is untouched.
// farl_fault_entry             from the exception handler: RSP is a complete UserFrame, registers are the user's no more.
// farl_enter_user              RDI: UserFrame at the top of the fiber's stack; does not return.
//
// On entry DF, AC and all other flags are cleared (CVE-2020-0561); before EEXIT every general register is zero but for
// the two values, the leaf and the target.
#include "enclave/boundary/enclu_site.h"
#include "enclave/sched/carrier_layout.h"

    .set TCS_AREA, 0xfc40000000
    .set TCS_SHIFT, 16
    .set EXCEPTION_STACK_TOP, (6 + 3) * 4096
    .set CARRIER_STACK_TOP_OFFSET, (6 + 8) * 4096
    .set SSA_OFFSET, 4096
    .set EEXIT, 4
    .set ENTRY_RESUME, 4
    .set EXIT_EXCEPTION_HANDLED, 2
    .set EXIT_REFUSED, 3
    .set CONTROL_FLAGS, 0x244500 // TF, DF, NT, AC, ID: all clear while the runtime runs

    .text
    .global farl_enclave_entry, farl_exit, farl_refuse, farl_syscall_entry, farl_fault_entry, farl_enter_user
    .global farl_return_begin, farl_return_end, farl_return_restart

.macro LEAVE_ENCLAVE            // RDI, RSI: values; RBX: target
    xor %ecx, %ecx
    xor %edx, %edx
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
    xor %r12d, %r12d
    xor %r13d, %r13d
    xor %r14d, %r14d
    xor %r15d, %r15d
    mov $EEXIT, %eax
    ENCLU_SITE
    ud2
.endm

farl_enclave_entry:
    mov %rbx, %r8
    movabs $TCS_AREA, %r9
    sub %r9, %r8
    shr $TCS_SHIFT, %r8
    lea farl_carrier_state(%rip), %r9
    cmp $1, %rax
    je .Lexception
    ja .Lrefuse
    cmpb $0, (%r9,%r8)
    je .Lfirst_entry

    cmp $ENTRY_RESUME, %rdi
    jne .Lrefuse
    mov %gs:CARRIER_RESUME_RSP, %r10
    test %r10, %r10
    jz .Lrefuse
    movq $0, %gs:CARRIER_RESUME_RSP
    mov %rsp, %gs:CARRIER_HOST_RSP
    mov %rbp, %gs:CARRIER_HOST_RBP
    mov %rcx, %gs:CARRIER_EXIT_TARGET
    mov %r10, %rsp
    pushfq                      // POPFQ costs ten times as much: only where there is something to clear
    testl $CONTROL_FLAGS, (%rsp)
    jz 1f
    pushq $2
    popfq
1:  pop %rax
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

.Lfirst_entry:
    movb $1, (%r9,%r8)
    mov %rsp, %r9
    mov %rbp, %r10
    lea CARRIER_STACK_TOP_OFFSET(%rbx), %rsp
    pushq $2
    popfq
    xor %ebp, %ebp
    push %rsi                   // keeps the stack aligned
    push %rsi                   // seventh argument: the entry's value
    push %rdi
    mov %r9, %rdx               // host RSP
    mov %rcx, %rax
    mov %r10, %rcx              // host RBP
    mov %r8, %rdi               // index
    mov %rbx, %rsi              // TCS
    mov %rax, %r8               // exit target
    pop %r9                     // why
    call farl_carrier_start     // (index, tcs, host_rsp, host_rbp, exit_target, why, value)
    ud2

farl_refuse:
    mov %gs:CARRIER_HOST_RSP, %rsp
    mov %gs:CARRIER_HOST_RBP, %rbp
    mov %gs:CARRIER_EXIT_TARGET, %rcx
.Lrefuse:                       // nothing of ours is touched: not even the stack
    mov %rcx, %rbx
    mov $EXIT_REFUSED, %edi
    xor %esi, %esi
    LEAVE_ENCLAVE

.Lexception:
    cmpb $2, (%r9,%r8)          // before the carrier stands there is nothing to handle: go on where it was
    jne .Lexception_ignored
    mov %rsp, %gs:CARRIER_EXCEPTION_HOST_RSP
    mov %rbp, %gs:CARRIER_EXCEPTION_HOST_RBP
    mov %rcx, %gs:CARRIER_EXCEPTION_EXIT_TARGET
    lea EXCEPTION_STACK_TOP(%rbx), %rsp
    pushq $2
    popfq
    xor %ebp, %ebp
    lea SSA_OFFSET(%rbx), %rdi
    call farl_handle_exception
    mov %gs:CARRIER_EXCEPTION_HOST_RSP, %rsp
    mov %gs:CARRIER_EXCEPTION_HOST_RBP, %rbp
    mov %gs:CARRIER_EXCEPTION_EXIT_TARGET, %rcx
.Lexception_ignored:
    mov %rcx, %rbx
    mov $EXIT_EXCEPTION_HANDLED, %edi
    xor %esi, %esi
    LEAVE_ENCLAVE

farl_exit:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, %gs:CARRIER_RESUME_RSP
    mov %gs:CARRIER_EXIT_TARGET, %rbx
    mov %gs:CARRIER_HOST_RBP, %rbp
    mov %gs:CARRIER_HOST_RSP, %rsp
    LEAVE_ENCLAVE

farl_syscall_entry:
    mov %rsp, %gs:CARRIER_USER_RSP
    mov %gs:CARRIER_STACK_TOP, %rsp
    push %rax                   // FRAME padding
    pushq %gs:CARRIER_USER_RSP
    pushfq
    push %rcx                   // RIP
    mov (FRAME_RFLAGS - FRAME_RIP)(%rsp), %r11
    push %rax                   // orig_rax
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %rax
    push %r8
    push %r9
    push %r10
    push %r11
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    test $CONTROL_FLAGS, %r11d
    jz 1f
    pushq $2
    popfq
1:  mov %rsp, %rdi
    call farl_syscall

farl_return_restart:            // RSP: UserFrame
farl_return_begin:              // an interrupt between the look and the jump must make it look again
    cmpq $0, %gs:CARRIER_ATTENTION
    jne .Lattend
    mov FRAME_RFLAGS(%rsp), %rax
    test $CONTROL_FLAGS, %eax
    jnz .Lrestore_all_flags
    mov %eax, %ecx              // only arithmetic ones, without POPFQ: OF by an addition, the others by SAHF
    shr $11, %ecx
    and $1, %ecx
    shl $8, %eax
    or %ecx, %eax
    add $127, %al
    sahf
.Lrestore_registers:
    mov FRAME_RIP(%rsp), %rcx
    mov %rcx, %gs:CARRIER_USER_RIP
    mov FRAME_R15(%rsp), %r15
    mov FRAME_R14(%rsp), %r14
    mov FRAME_R13(%rsp), %r13
    mov FRAME_R12(%rsp), %r12
    mov FRAME_RBP(%rsp), %rbp
    mov FRAME_RBX(%rsp), %rbx
    mov FRAME_R11(%rsp), %r11
    mov FRAME_R10(%rsp), %r10
    mov FRAME_R9(%rsp), %r9
    mov FRAME_R8(%rsp), %r8
    mov FRAME_RAX(%rsp), %rax
    mov FRAME_RCX(%rsp), %rcx
    mov FRAME_RDX(%rsp), %rdx
    mov FRAME_RSI(%rsp), %rsi
    mov FRAME_RDI(%rsp), %rdi
    mov FRAME_RSP(%rsp), %rsp
    jmp *%gs:CARRIER_USER_RIP
.Lrestore_all_flags:
    push %rax
    popfq
    jmp .Lrestore_registers
farl_return_end:

.Lattend:
    pushq $2                    // an interrupt on the way out may have left the application's flags
    popfq
    mov %rsp, %rdi
    call farl_attend
    jmp farl_return_restart

farl_fault_entry:
    pushq $2
    popfq
    xor %ebp, %ebp
    mov %rsp, %rdi
    call farl_handle_fault
    jmp farl_return_restart

farl_enter_user:
    mov %rdi, %rsp
    jmp farl_return_restart

    .section .note.GNU-stack,"",@progbits
