// Switches between fibers and the vector registers of threads.
//
// farl_context_switch(RDI: where to store the old stack pointer, RSI: the new stack pointer)
//     Callee-saved registers travel on the stacks; returns on the new stack.
// farl_fiber_begin: first return address of a fiber; R12: function, R13: argument.
// farl_vectors_save(RDI: VectorState), farl_vectors_restore(RDI: VectorState)
//     XINUSE (XGETBV with ECX = 1) says whether x87 or AVX-512 hold anything; if not, plain moves of the SSE or AVX
//     registers are several times faster than XSAVE. MXCSR is kept in both cases.
    .text
    .global farl_context_switch, farl_fiber_begin, farl_vectors_save, farl_vectors_restore

    .set KIND, 2816
    .set MXCSR, 2824
    .set UNUSUAL, 0xe1          // x87, opmask, ZMM upper halves, ZMM16-31
    .set YMM_IN_USE, 4
    .set ALL, 0xe7

farl_context_switch:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

farl_fiber_begin:
    xor %ebp, %ebp
    mov %r13, %rdi
    call *%r12
    ud2

farl_vectors_save:
    mov $1, %ecx
    xgetbv
    test $UNUSUAL, %eax
    jnz .Lsave_all
    stmxcsr MXCSR(%rdi)
    test $YMM_IN_USE, %eax
    jnz .Lsave_ymm
    movq $1, KIND(%rdi)
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movaps %xmm\n, \n*32(%rdi)
    .endr
    vzeroall
    ret
.Lsave_ymm:
    movq $2, KIND(%rdi)
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vmovdqa %ymm\n, \n*32(%rdi)
    .endr
    vzeroall
    ret
.Lsave_all:
    movq $3, KIND(%rdi)
    movq $0, 512(%rdi)          // XSAVE leaves the rest of the header as it finds it
    .irp n, 520, 528, 536, 544, 552, 560, 568
    movq $0, \n(%rdi)
    .endr
    mov $ALL, %eax
    xor %edx, %edx
    xsave64 (%rdi)
    lea farl_initial_xsave(%rip), %rdi
    mov $ALL, %eax
    xrstor64 (%rdi)
    ret

farl_vectors_restore:
    mov KIND(%rdi), %r8
    cmp $3, %r8
    je .Lrestore_all
    test %r8, %r8
    jz .Lrestore_initial
    mov $1, %ecx
    xgetbv
    test $UNUSUAL, %eax         // whoever ran in between may have left x87 or AVX-512 state
    jnz .Lclean_first
.Lclean:
    ldmxcsr MXCSR(%rdi)
    cmp $2, %r8
    je .Lrestore_ymm
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movaps \n*32(%rdi), %xmm\n
    .endr
    ret
.Lrestore_ymm:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vmovdqa \n*32(%rdi), %ymm\n
    .endr
    ret
.Lclean_first:
    lea farl_initial_xsave(%rip), %rsi
    mov $ALL, %eax
    xor %edx, %edx
    xrstor64 (%rsi)
    jmp .Lclean
.Lrestore_initial:
    lea farl_initial_xsave(%rip), %rdi
.Lrestore_all:
    mov $ALL, %eax
    xor %edx, %edx
    xrstor64 (%rdi)
    ret

    .section .rodata
    .balign 64
farl_initial_xsave:             // XSTATE_BV 0: every component takes its initial value; MXCSR is read from here
    .fill 24, 1, 0
    .long 0x1f80
    .fill 2816 - 28, 1, 0

    .section .note.GNU-stack,"",@progbits
