// hostile_entry    Where the emulator's gate goes instead of the enclave: spoils what the host chooses on entry, then
//                  goes on by IRETQ with hostile_frame, all registers of EENTER as they are.
// hostile_exit     Where the enclave exits to: records the registers, has them judged, and goes on to hostile_return.
    .text
    .global hostile_entry, hostile_exit
hostile_entry:
    cmpq $0, hostile_poisons(%rip)
    je .Lenter
    movabs $0xBADC0FFEE0DDF00D, %r10
    mov %r10, %r11
    mov %r10, %r12
    mov %r10, %r13
    mov %r10, %r14
    mov %r10, %r15
    mov %r10, %rbp
    mov %rax, .Lrax(%rip)
    mov %rdx, .Lrdx(%rip)
    mov $0xE7, %eax
    xor %edx, %edx
    xrstor64 .Linitial(%rip)
    mov .Lrax(%rip), %rax
    mov .Lrdx(%rip), %rdx
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vmovdqa .Lpattern(%rip), %ymm\n
    .endr
    cmpq $2, hostile_poisons(%rip)
    je .Lmxcsr_only
    .rept 9                     // one more than there is room for: an exception is pending
    fld1
    .endr
    fldcw .Lcontrol(%rip)
.Lmxcsr_only:
    ldmxcsr .Lmxcsr(%rip)
.Lenter:
    lea hostile_frame(%rip), %rsp
    iretq

hostile_exit:
    mov %rax, hostile_record(%rip)
    mov %rbx, hostile_record+8(%rip)
    mov %rcx, hostile_record+16(%rip)
    mov %rdx, hostile_record+24(%rip)
    mov %rsi, hostile_record+32(%rip)
    mov %rdi, hostile_record+40(%rip)
    mov %rbp, hostile_record+48(%rip)
    mov %rsp, hostile_record+56(%rip)
    mov %r8, hostile_record+64(%rip)
    mov %r9, hostile_record+72(%rip)
    mov %r10, hostile_record+80(%rip)
    mov %r11, hostile_record+88(%rip)
    mov %r12, hostile_record+96(%rip)
    mov %r13, hostile_record+104(%rip)
    mov %r14, hostile_record+112(%rip)
    mov %r15, hostile_record+120(%rip)
    lea .Lstack_top(%rip), %rsp
    pushq $2
    popfq
    mov $7, %eax
    xor %edx, %edx
    xsave64 hostile_record+128(%rip)
    fninit
    vzeroall
    ldmxcsr .Lclean_mxcsr(%rip)
    call hostile_judge_exit
    mov hostile_record+24(%rip), %rdx
    mov hostile_record+32(%rip), %rsi
    mov hostile_record+40(%rip), %rdi
    mov hostile_record+64(%rip), %r8
    mov hostile_record+72(%rip), %r9
    mov hostile_return(%rip), %rbx
    jmp *%rbx

    .section .rodata
    .balign 32
.Lpattern:
    .fill 32, 1, 0x5B
.Lcontrol:
    .word 0
    .balign 4
.Lmxcsr:
    .long 0x003F                // everything raised, nothing masked
.Lclean_mxcsr:
    .long 0x1F80
    .bss
    .balign 64
.Linitial:
    .fill 4096, 1, 0
.Lrax:
    .fill 8, 1, 0
.Lrdx:
    .fill 8, 1, 0
    .balign 16
    .fill 65536, 1, 0
.Lstack_top:
    .section .note.GNU-stack,"",@progbits
