// farl_probe_wide_gcm: the instructions that wide_gcm.cpp needs, once each. Where the processor lacks one, or the
//     enclave's XFRM its registers, that is #UD, which the exception handler turns into the answer 0. No host has a say,
//     as it would with CPUID.
// Entry: System V registers. Exit: EAX 1 or 0. Clobbers ZMM0, ZMM16, K1.
    .section .text.vectors, "ax"
    .global farl_probe_wide_gcm, farl_probe_wide_gcm_begin, farl_probe_wide_gcm_end, farl_probe_wide_gcm_fault

farl_probe_wide_gcm_begin:
farl_probe_wide_gcm:
    vpxord %zmm16, %zmm16, %zmm16                       // AVX512F
    vpternlogq $0x96, %zmm16, %zmm16, %zmm16
    vpshufb %zmm16, %zmm16, %zmm16                      // AVX512BW
    kmovq %rax, %k1
    vpxord %xmm16, %xmm16, %xmm16                       // AVX512VL
    vextracti64x2 $1, %zmm16, %xmm0                     // AVX512DQ
    vaesenc %zmm16, %zmm16, %zmm0                       // VAES
    vpclmulqdq $0, %zmm16, %zmm16, %zmm0                // VPCLMULQDQ
    aesenc %xmm0, %xmm0
    mov $1, %eax
    ret
farl_probe_wide_gcm_end:

farl_probe_wide_gcm_fault:
    xor %eax, %eax
    ret

    .section .note.GNU-stack,"",@progbits
