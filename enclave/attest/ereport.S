// farl_ereport(RDI, RSI, RDX)  ENCLU[EREPORT]: RDI is a TARGETINFO aligned to 512, RSI a REPORTDATA aligned to 128, RDX
//                              where the REPORT goes, aligned to 512. All lie in the enclave; anything else faults.
#include "enclave/boundary/enclu_site.h"

    .set EREPORT, 0

    .text
    .global farl_ereport
    .hidden farl_ereport

farl_ereport:
    push %rbx
    mov %rdi, %rbx
    mov %rsi, %rcx
    mov $EREPORT, %eax
    ENCLU_SITE
    pop %rbx
    ret

    .section .note.GNU-stack,"",@progbits
