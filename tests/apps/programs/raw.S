/* A static program without a C library. Entry: _start, stack as the kernel leaves it.
   Writes "argc=N" and exits with 42; checks that a system call keeps every register but rax, rcx and r11. */
        .intel_syntax noprefix
        .globl _start
        .text
_start:
        mov     eax, [rsp]
        add     eax, '0'
        mov     [rip + digit], al

        mov     rbx, 0x1111
        mov     rbp, 0x2222
        mov     r8, 0x3333
        mov     r9, 0x4444
        mov     r10, 0x5555
        mov     r12, 0x6666
        movq    xmm15, rbx
        mov     qword ptr [rsp - 8], 0x7777     /* the red zone */

        mov     eax, 1
        mov     edi, 1
        lea     rsi, [rip + text]
        mov     edx, offset text_size
        syscall
        cmp     rax, offset text_size
        jne     failed
        lea     rax, [rip + text]
        cmp     rsi, rax
        jne     failed
        cmp     edi, 1
        jne     failed
        cmp     edx, offset text_size
        jne     failed
        cmp     rbx, 0x1111
        jne     failed
        cmp     rbp, 0x2222
        jne     failed
        cmp     r8, 0x3333
        jne     failed
        cmp     r9, 0x4444
        jne     failed
        cmp     r10, 0x5555
        jne     failed
        cmp     r12, 0x6666
        jne     failed
        movq    rax, xmm15
        cmp     rax, 0x1111
        jne     failed
        cmp     qword ptr [rsp - 8], 0x7777
        jne     failed

        mov     edi, 42
        jmp     leave
failed: mov     edi, 1
leave:  mov     eax, 231
        syscall

        .data
text:   .ascii  "argc="
digit:  .byte   0
        .ascii  "\n"
        .set    text_size, . - text
        .section .note.GNU-stack, "", @progbits
