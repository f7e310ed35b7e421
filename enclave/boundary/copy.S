// farl_copy_*: see copy.h. No stack use, so that the fault exit is the same for all: RAX = -1, return.
// Entry: System V registers. Exit: RAX 0, or -1 after a fault. Clobbers RCX, RDX, RSI, RDI, R8.
#include "enclave/boundary/copy_bytes.h"

    .text
    .global farl_copy_begin, farl_copy_end, farl_copy_fault
    .global farl_copy_bytes, farl_copy_words, farl_zero_bytes, farl_string_length, farl_load_u32, farl_exchange_u32

farl_copy_begin:

farl_copy_bytes:
    COPY_BYTES
    xor %eax, %eax
    ret

farl_copy_words:
    cmp $16, %rdx
    ja 2f
    xor %ecx, %ecx
1:  cmp %rdx, %rcx
    je 3f
    mov (%rsi,%rcx,8), %rax
    mov %rax, (%rdi,%rcx,8)
    inc %rcx
    jmp 1b
2:  mov %rdx, %rcx
    rep movsq
3:  xor %eax, %eax
    ret

farl_zero_bytes:
    mov %rsi, %rcx
    xor %eax, %eax
    rep stosb
    ret

farl_string_length:
    xor %eax, %eax
1:  cmp %rsi, %rax
    je 2f
    cmpb $0, (%rdi,%rax)
    je 2f
    inc %rax
    jmp 1b
2:  ret

farl_load_u32:
    mov (%rdi), %eax
    mov %eax, (%rsi)
    xor %eax, %eax
    ret

farl_exchange_u32:
    mov (%rsi), %eax
    lock cmpxchg %edx, (%rdi)
    mov %eax, (%rsi)
    xor %eax, %eax
    ret

farl_copy_end:

farl_copy_fault:
    mov $-1, %rax
    ret

    .section .note.GNU-stack,"",@progbits
