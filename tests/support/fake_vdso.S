// What the vDSO's function for enclaves does, for tests on machines without SGX: an ENCLU for both leaves, whose faults are
// taken up at fake_vdso_faulted, as the kernel does it (RAX as it was, DI vector, SI error code, RDX address). Who handles
// the SIGILL of the ENCLU, here a UD2 of the same size, plays the processor.
//
//   int __vdso_sgx_enter_enclave(rdi, rsi, rdx, ecx, r8, r9, run)    asm/sgx.h
        .text
        .globl  __vdso_sgx_enter_enclave, fake_vdso_enclu, fake_vdso_exited, fake_vdso_faulted
        .hidden fake_vdso_enclu, fake_vdso_exited, fake_vdso_faulted
        .type   __vdso_sgx_enter_enclave, @function
        .set    RUN, 16                 // from RBP
        .set    RUN_FUNCTION, 8
        .set    RUN_VECTOR, 12
        .set    RUN_ERROR_CODE, 14
        .set    RUN_ADDRESS, 16
        .set    RUN_HANDLER, 24
__vdso_sgx_enter_enclave:
        push    %rbp
        mov     %rsp, %rbp
        push    %rbx
        mov     %ecx, %eax
enter:
        cmp     $2, %eax
        jb      bad_leaf
        cmp     $3, %eax
        ja      bad_leaf
        mov     RUN(%rbp), %rcx
        mov     (%rcx), %rbx
        lea     fake_vdso_enclu(%rip), %rcx
fake_vdso_enclu:
#ifdef WITH_ENCLU
        .byte   0x0F, 0x01, 0xD7
#else
        .byte   0x0F, 0x0B, 0x90        // UD2: what ENCLU does here depends on the machine
#endif
fake_vdso_exited:
        mov     RUN(%rbp), %rbx
        movl    $4, RUN_FUNCTION(%rbx)
tell:
        mov     RUN_HANDLER(%rbx), %rax
        test    %rax, %rax
        jz      done
        cld
        mov     %rsp, %rcx
        and     $-16, %rsp
        push    %rcx
        push    %rbx                    // the seventh argument, and back to 16 bytes
        call    *%rax
        mov     8(%rsp), %rsp
        test    %eax, %eax
        jg      enter
        jmp     out
done:
        xor     %eax, %eax
out:
        pop     %rbx
        pop     %rbp
        ret
bad_leaf:
        mov     $-22, %eax
        jmp     out
fake_vdso_faulted:
        mov     RUN(%rbp), %rbx
        mov     %eax, RUN_FUNCTION(%rbx)
        mov     %di, RUN_VECTOR(%rbx)
        mov     %si, RUN_ERROR_CODE(%rbx)
        mov     %rdx, RUN_ADDRESS(%rbx)
        jmp     tell
        .size   __vdso_sgx_enter_enclave, . - __vdso_sgx_enter_enclave

        .section .note.GNU-stack, "", @progbits
