// The vDSO's file, as the build made it (enclave/time/vdso).
    .section .rodata
    .balign 16
    .global farl_vdso_image, farl_vdso_image_end
farl_vdso_image:
    .incbin FARL_VDSO_FILE
farl_vdso_image_end:
    .section .note.GNU-stack,"",@progbits
