// Switches between fibers and the vector registers of threads.
//
// farl_context_switch(RDI: where to store the old stack pointer, RSI: the new stack pointer)
//     Callee-saved registers travel on the stacks; returns on the new stack.
// farl_fiber_begin: first return address of a fiber; R12: function, R13: argument.
// farl_vectors_save(RDI: VectorState), farl_vectors_restore(RDI: VectorState)
// farl_vectors_exchange(RDI: VectorState to save to, RSI: VectorState to restore)
//     XINUSE (XGETBV with ECX = 1) says which components are not in their initial state; only those are moved. x87 goes
//     through XSAVE, everything else by plain moves, which are several times faster. C libraries that use the upper
//     sixteen registers leave AVX-512 state in use for good, so that is no rare case. Processors with AVX-512
//     have AVX512BW (64-bit masks), but for Xeon Phi, which has no SGX.
    .text
    .global farl_context_switch, farl_fiber_begin, farl_vectors_save, farl_vectors_restore, farl_vectors_exchange

    .set REGISTERS, 576         // behind the XSAVE header: 32 of 64 bytes
    .set MASK_VALUES, REGISTERS + 32*64
    .set IN_USE, 2816
    .set MXCSR, 2824

    .set X87, 1
    .set X87_INITIAL, 0x37f
    .set YMM, 4
    .set MASKS, 0x20            // k0 to k7
    .set ZMM, 0x40              // upper halves of the first sixteen
    .set HIGH, 0x80             // zmm16 to zmm31

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
    call .Lstore
    ldmxcsr farl_initial_mxcsr(%rip)
    test $X87, %eax
    jz 1f
    mov %eax, %r9d
    lea farl_initial_xsave(%rip), %rcx
    mov $X87, %eax
    xor %edx, %edx
    xrstor64 (%rcx)
    mov %r9d, %eax
1:  test $(HIGH|MASKS), %eax
    jz 2f
    call .Lclear_high
2:  vzeroall
    ret

farl_vectors_exchange:
    call .Lstore
    mov %eax, %r9d
    mov %rsi, %rdi
    jmp .Lload                  // which overwrites or clears all that was stored

// RDI: VectorState. Leaves the registers as they are, and in EAX the components in use. Changes RCX, RDX.
.Lstore:
    mov $1, %ecx
    xgetbv
    mov %rax, IN_USE(%rdi)
    stmxcsr MXCSR(%rdi)
    test $X87, %eax
    jnz .Lstore_x87
.Lstore_high:
    test $(HIGH|MASKS), %eax
    jz .Lstore_low
    .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    vmovdqa64 %zmm\n, REGISTERS+\n*64(%rdi)
    .endr
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    kmovq %k\n, MASK_VALUES+\n*8(%rdi)
    .endr
.Lstore_low:
    test $ZMM, %eax
    jnz .Lstore_zmm
    test $YMM, %eax
    jnz .Lstore_ymm
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movaps %xmm\n, REGISTERS+\n*64(%rdi)
    .endr
    ret
.Lstore_ymm:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vmovdqa %ymm\n, REGISTERS+\n*64(%rdi)
    .endr
    ret
.Lstore_zmm:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vmovdqa64 %zmm\n, REGISTERS+\n*64(%rdi)
    .endr
    ret
.Lstore_x87:                    // in use, or so it is said: processors may forget that it is in its initial state
    mov %eax, %r8d
    mov $X87, %eax
    xor %edx, %edx
    xsave64 (%rdi)
    mov $X87_INITIAL, %ecx      // control word; status, tags, last opcode are zero
    xor (%rdi), %rcx
    .irp offset, 8, 16, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128, 136, 144, 152
    or \offset(%rdi), %rcx
    .endr
    jnz 1f
    andl $~X87, IN_USE(%rdi)
1:  mov %r8d, %eax
    jmp .Lstore_high

.Lclear_high:
    .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    vpxord %zmm\n, %zmm\n, %zmm\n
    .endr
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    kxorq %k\n, %k\n, %k\n
    .endr
    ret

// Each component is left as it was in use: upper halves that hold zeros, but are marked as in use, slow down every SSE
// instruction of the application.
farl_vectors_restore:
    mov $1, %ecx
    xgetbv                      // whoever ran in between may have left state that is not ours
    mov %eax, %r9d
.Lload:                         // RDI: VectorState, R9D: what is in use now
    mov IN_USE(%rdi), %r8
    mov %r8d, %ecx
    or %r9d, %ecx
    test $X87, %cl
    jnz .Lrestore_x87
.Lrestore_high:
    stmxcsr -4(%rsp)
    mov MXCSR(%rdi), %ecx
    cmp %ecx, -4(%rsp)
    je 2f                       // writing it is slow
    ldmxcsr MXCSR(%rdi)
2:
    mov %r8d, %ecx
    not %ecx
    and %r9d, %ecx
    test $(YMM|ZMM), %ecx       // upper halves that nothing below overwrites
    jz 1f
    vzeroall
1:  test $(HIGH|MASKS), %r8d
    jnz .Lload_high
    test $(HIGH|MASKS), %r9d
    jz .Lrestore_low
    call .Lclear_high
.Lrestore_low:
    test $ZMM, %r8d
    jnz .Lrestore_zmm
    test $YMM, %r8d
    jnz .Lrestore_ymm
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movaps REGISTERS+\n*64(%rdi), %xmm\n
    .endr
    ret
.Lrestore_ymm:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vmovdqa REGISTERS+\n*64(%rdi), %ymm\n
    .endr
    ret
.Lrestore_zmm:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vmovdqa64 REGISTERS+\n*64(%rdi), %zmm\n
    .endr
    ret
.Lload_high:
    .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    vmovdqa64 REGISTERS+\n*64(%rdi), %zmm\n
    .endr
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    kmovq MASK_VALUES+\n*8(%rdi), %k\n
    .endr
    jmp .Lrestore_low
.Lrestore_x87:
    mov %rdi, %rcx
    test $X87, %r8d
    jnz 1f
    lea farl_initial_xsave(%rip), %rcx
1:  mov $X87, %eax
    xor %edx, %edx
    xrstor64 (%rcx)
    jmp .Lrestore_high

    .section .rodata
    .balign 64
farl_initial_xsave:             // XSTATE_BV 0: every component takes its initial value
    .fill 24, 1, 0
farl_initial_mxcsr:
    .long 0x1f80
    .fill 548, 1, 0

    .section .note.GNU-stack,"",@progbits
