// memcpy, memmove, memset, memcmp, memchr and strlen for the runtime: the compiler emits calls to them. General registers only;
// `rep movsb` and `rep stosb` are the processor's fast way (FSRM) and are short.
// System V registers; nothing but the caller-saved ones is clobbered.
#include "enclave/boundary/copy_bytes.h"

    .text
    .global memcpy, memmove, memset, memcmp, memchr, strlen

memcpy:
    mov %rdi, %rax
    mov %rdx, %rcx
    cmp $32, %rdx
    jbe .Lsmall_copy
    COPY_BYTES
    ret
.Lsmall_copy:                   // whole words, then the rest
    cmp $8, %rcx
    jb 2f
1:  mov (%rsi), %r8
    mov %r8, (%rdi)
    add $8, %rsi
    add $8, %rdi
    sub $8, %rcx
    cmp $8, %rcx
    jae 1b
2:  test %rcx, %rcx
    jz 4f
3:  movzbl (%rsi), %r8d
    mov %r8b, (%rdi)
    inc %rsi
    inc %rdi
    dec %rcx
    jnz 3b
4:  ret

memmove:
    mov %rdi, %rax
    sub %rsi, %rax
    cmp %rdx, %rax
    jae memcpy                  // no overlap, or the destination is lower
    mov %rdi, %rax
    mov %rdx, %rcx
1:  test %rcx, %rcx
    jz 2f
    dec %rcx
    movzbl (%rsi,%rcx), %r8d
    mov %r8b, (%rdi,%rcx)
    jmp 1b
2:  ret

memset:
    mov %rdi, %r8
    mov %esi, %eax
    mov %rdx, %rcx
    rep stosb
    mov %r8, %rax
    ret

memcmp:
    xor %eax, %eax
    xor %ecx, %ecx
1:  cmp %rdx, %rcx
    je 2f
    movzbl (%rdi,%rcx), %eax
    movzbl (%rsi,%rcx), %r8d
    inc %rcx
    sub %r8d, %eax
    jz 1b
2:  ret

memchr:
    movzbl %sil, %esi
1:  test %rdx, %rdx
    jz 2f
    movzbl (%rdi), %eax
    cmp %esi, %eax
    je 3f
    inc %rdi
    dec %rdx
    jmp 1b
2:  xor %eax, %eax
    ret
3:  mov %rdi, %rax
    ret

strlen:
    xor %eax, %eax
1:  cmpb $0, (%rdi,%rax)
    je 2f
    inc %rax
    jmp 1b
2:  ret

    .section .note.GNU-stack,"",@progbits
