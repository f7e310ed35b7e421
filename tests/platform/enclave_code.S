// Code of the test enclave, copied to the start of its address range: position-independent, at most kCodePages.
//
// EENTER with CSSA 0: RDI is the number of a command, RSI, RDX, R8, R9 its arguments; a command ends in `leave`, which
// puts the caller's RSP back and EEXITs with RDI, RSI, RDX, R8, R9 as they are.
// EENTER with CSSA 1 (the exception entry): RSI is added to the RIP in SSA[0]; RDI and RDX come back as its EXITINFO and
// its EXINFO's address, R8 and R9 as its RIP (before) and its error code.
// The carrier page (GS base): 0 exit address, 8 host RSP, 16 host RBP, 24 and 32 the same for the exception entry.
        .section .text.test_enclave, "ax"
        .globl  test_enclave_code, test_enclave_code_end

        .equ    kSsaFromGs, -0x3000
        .equ    kGprs, kSsaFromGs + 0x1000 - 184
        .equ    kExinfo, kGprs - 16

        .macro enclu_site
        .p2align 4
9:      enclu
        .nops   13
        .pushsection farl_test_enclu, "a"
        .p2align 3
        .quad   9b - test_enclave_code
        .popsection
        .endm

        .macro expect_equal register, value
        cmp     \value, \register
        jne     wrong
        .endm

        .p2align 12
test_enclave_code:
        test    %rax, %rax
        jnz     exception_entry
        mov     %rcx, %gs:0
        mov     %rsp, %gs:8
        mov     %rbp, %gs:16
        rdgsbase %rsp
        add     $0xF00, %rsp
        lea     commands(%rip), %r10
        movslq  (%r10, %rdi, 4), %r11
        add     %r10, %r11
        jmp     *%r11

leave:
        mov     %gs:0, %rbx
        mov     %gs:8, %rsp
        mov     %gs:16, %rbp
        mov     $4, %eax
        enclu_site

exception_entry:
        mov     %rcx, %gs:24
        mov     %rsp, %gs:32
        mov     %gs:kGprs + 136, %r8
        add     %rsi, %gs:kGprs + 136
        mov     %gs:kGprs + 160, %edi
        mov     %gs:kExinfo, %rdx
        mov     %gs:kExinfo + 8, %r9d
        mov     %gs:24, %rbx
        mov     $4, %eax
        enclu_site

commands:
        .long   echo - commands
        .long   read_state - commands
        .long   raise_ud - commands
        .long   raise_pf_read - commands
        .long   raise_pf_write - commands
        .long   raise_gp - commands
        .long   raise_de - commands
        .long   raise_bp - commands
        .long   do_syscall - commands
        .long   enclu_leaf - commands
        .long   all_registers - commands
        .long   forever - commands
        .long   poison_host - commands
        .long   unpatched_exit - commands
        .long   count - commands
        .long   jump - commands
        .long   many_faults - commands
        .long   raise_xm - commands
        .long   raise_mf - commands
        .long   raise_ac - commands
        .long   raise_db - commands
        .long   attest - commands

// RDI 1, everything else unchanged.
echo:
        mov     $1, %edi
        jmp     leave

// RDI, RSI the FS and GS base, RDX the flags, R8 the exit address.
read_state:
        pushfq
        pop     %rdx
        rdfsbase %rdi
        rdgsbase %rsi
        mov     %gs:0, %r8
        jmp     leave

// Each leaves RDI 77 when resumed after the faulting instruction.
raise_ud:
        ud2
        mov     $77, %edi
        jmp     leave
// of the 3-byte instruction that reads the address RSI
raise_pf_read:
        mov     (%rsi), %rax
        mov     $77, %edi
        jmp     leave
raise_pf_write:
        mov     %rax, (%rsi)
        mov     $77, %edi
        jmp     leave
// RSI non-canonical
raise_gp:
        mov     (%rsi), %rax
        mov     $77, %edi
        jmp     leave
raise_de:
        xor     %ecx, %ecx
        mov     $1, %eax
        cltd
        div     %ecx
        mov     $77, %edi
        jmp     leave
raise_bp:
        int3
        mov     $77, %edi
        jmp     leave
raise_xm:
        movl    $0x1D80, %gs:64
        ldmxcsr %gs:64
        mov     $1, %eax
        cvtsi2sd %eax, %xmm0
        xorps   %xmm1, %xmm1
        divsd   %xmm1, %xmm0
        movl    $0x1F80, %gs:64
        ldmxcsr %gs:64
        mov     $77, %edi
        jmp     leave
raise_mf:
        fninit
        movw    $0x0373, %gs:64
        fldcw   %gs:64
        fld1
        fldz
        fdivrp
        fwait
        fninit
        mov     $77, %edi
        jmp     leave
raise_ac:
        pushfq
        orq     $0x40000, (%rsp)
        popfq
        mov     1(%rsp), %rax
        pushfq
        andq    $~0x40000, (%rsp)
        popfq
        mov     $77, %edi
        jmp     leave
raise_db:
        .byte   0xF1
        mov     $77, %edi
        jmp     leave

// RSI is the number. RDX and R8 come back as RAX and as the distance of the RIP that was in RCX before.
do_syscall:
        mov     %rsi, %rax
        syscall
        mov     %rax, %rdx
        mov     $77, %edi
        jmp     leave

// ENCLU with the leaf RSI; RDX is RBX.
enclu_leaf:
        mov     %rsi, %rax
        mov     %rdx, %rbx
        enclu_site
        mov     $77, %edi
        jmp     leave

// ENCLU with EAX RSI, RBX RDX, RCX R8, RDX R9. RDI and RSI: RAX and RFLAGS after it.
attest:
        mov     %rsi, %rax
        mov     %rdx, %rbx
        mov     %r8, %rcx
        mov     %r9, %rdx
        enclu_site
        mov     %rax, %rdi
        pushfq
        pop     %rsi
        jmp     leave

// Fills every register, faults RSI times at a 2-byte UD2 and checks them all. RDI is 1 if nothing changed.
all_registers:
        mov     %rsi, %gs:128
        mov     %gs:128, %rax
        vzeroall
        vmovdqu pattern0(%rip), %ymm0
        vmovdqu pattern1(%rip), %ymm7
        vmovdqu pattern2(%rip), %ymm15
        movl    $0x3FA0, %gs:64
        ldmxcsr %gs:64
        movw    $0x027F, %gs:68
        fninit
        fldcw   %gs:68
        fldpi
        // The red zone.
        movabs  $0x1122334455667788, %rax
        mov     %rax, -8(%rsp)
        mov     %rax, -128(%rsp)
        movabs  $0xA000000000000001, %rbx
        movabs  $0xB000000000000002, %rcx
        movabs  $0xC000000000000003, %rdx
        movabs  $0xD000000000000004, %rbp
        movabs  $0xE000000000000005, %rsi
        movabs  $0xF000000000000006, %rdi
        movabs  $0xA100000000000007, %r8
        movabs  $0xB100000000000008, %r9
        movabs  $0xC100000000000009, %r10
        movabs  $0xD10000000000000A, %r11
        movabs  $0xE10000000000000B, %r12
        movabs  $0xF10000000000000C, %r13
        movabs  $0xA20000000000000D, %r14
        movabs  $0xB20000000000000E, %r15
        // CF PF AF ZF SF DF OF ID set.
        push    $0x200CD5
        popfq
        // Give back what the push destroyed.
        mov     %rax, -8(%rsp)
1:      ud2
        // Or, with no fault at all, wherever a signal hits:
        nop
        nop
        nop
        nop
        mov     %rax, %gs:136
        pushfq
        popq    %gs:144
        cld
        cmpq    $0x200ED7, %gs:144
        jne     wrong
        movabs  $0x1122334455667788, %rax
        mov     %rax, -8(%rsp)
        expect_equal %rax, %gs:136
        expect_equal %rax, -128(%rsp)
        movabs  $0xA000000000000001, %rax
        expect_equal %rbx, %rax
        movabs  $0xB000000000000002, %rax
        expect_equal %rcx, %rax
        movabs  $0xC000000000000003, %rax
        expect_equal %rdx, %rax
        movabs  $0xD000000000000004, %rax
        expect_equal %rbp, %rax
        movabs  $0xE000000000000005, %rax
        expect_equal %rsi, %rax
        movabs  $0xF000000000000006, %rax
        expect_equal %rdi, %rax
        movabs  $0xA100000000000007, %rax
        expect_equal %r8, %rax
        movabs  $0xB100000000000008, %rax
        expect_equal %r9, %rax
        movabs  $0xC100000000000009, %rax
        expect_equal %r10, %rax
        movabs  $0xD10000000000000A, %rax
        expect_equal %r11, %rax
        movabs  $0xE10000000000000B, %rax
        expect_equal %r12, %rax
        movabs  $0xF10000000000000C, %rax
        expect_equal %r13, %rax
        movabs  $0xA20000000000000D, %rax
        expect_equal %r14, %rax
        movabs  $0xB20000000000000E, %rax
        expect_equal %r15, %rax
        stmxcsr %gs:72
        cmpl    $0x3FA0, %gs:72
        jne     wrong
        fnstcw  %gs:76
        cmpw    $0x027F, %gs:76
        jne     wrong
        fldpi
        fcomip  %st(1), %st
        jne     wrong
        fninit
        vpcmpeqb pattern0(%rip), %ymm0, %ymm0
        vpcmpeqb pattern1(%rip), %ymm7, %ymm7
        vpcmpeqb pattern2(%rip), %ymm15, %ymm15
        vpand   %ymm7, %ymm0, %ymm0
        vpand   %ymm15, %ymm0, %ymm0
        vpmovmskb %ymm0, %eax
        cmp     $-1, %eax
        jne     wrong
        decq    %gs:128
        mov     %gs:128, %rsi
        jnz     all_registers
        mov     $1, %edi
        jmp     clean
wrong:
        cld
        mov     $2, %edi
clean:
        cld
        movl    $0x1F80, %gs:64
        ldmxcsr %gs:64
        fninit
        vzeroall
        jmp     leave

// Counts in R12 and R13 alike until the word at GS:192, which the host writes, is not zero; then says whether they agree (RDI 1) and how
// far it came (RSI).
forever:
        xor     %r12d, %r12d
        xor     %r13d, %r13d
1:
        inc     %r12
        mov     %r13, -16(%rsp)
        incq    -16(%rsp)
        mov     -16(%rsp), %r13
        cmpq    $0, %gs:192
        je      1b
        mov     %r12, %rsi
        xor     %edi, %edi
        cmp     %r12, %r13
        sete    %dil
        jmp     leave

// Leaves with every register, flag and control word that the host's compiled code relies on spoiled.
poison_host:
        movl    $0x7F80, %gs:64
        ldmxcsr %gs:64
        movw    $0x0040, %gs:68
        fninit
        fldcw   %gs:68
        fld1; fld1; fld1; fld1; fld1; fld1; fld1; fld1
        mov     $0xDEAD, %ebp
        mov     %rbp, %r12
        mov     %rbp, %r13
        mov     %rbp, %r14
        mov     %rbp, %r15
        mov     %gs:0, %rbx
        push    $0x40CD5
        popfq
        mov     %gs:8, %rsp
        mov     $4, %eax
        enclu_site

// EEXIT by an ENCLU that no list of sites names.
unpatched_exit:
        mov     %gs:0, %rbx
        mov     %gs:8, %rsp
        mov     $4, %eax
        mov     $78, %edi
        enclu

// Increments the word at RSI RDX times, without any lock.
count:
        mov     (%rsi), %rax
        inc     %rax
        mov     %rax, (%rsi)
        dec     %rdx
        jnz     count
        jmp     leave

// To RSI.
jump:
        jmp     *%rsi

// RSI faults in a row.
many_faults:
        ud2
        dec     %rsi
        jnz     many_faults
        mov     $77, %edi
        jmp     leave

        .p2align 5
pattern0:
        .quad   0x0101010101010101, 0x0202020202020202, 0x0303030303030303, 0x0404040404040404
pattern1:
        .quad   0x1122334455667788, 0x99AABBCCDDEEFF00, 0x1234567890ABCDEF, 0x0FEDCBA987654321
pattern2:
        .quad   0x5555555555555555, 0xAAAAAAAAAAAAAAAA, 0x3333333333333333, 0xCCCCCCCCCCCCCCCC
test_enclave_code_end:
        .section .note.GNU-stack, "", @progbits
