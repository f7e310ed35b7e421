// farl_page_leaf(RDI, RSI, RDX, RCX)  ENCLU of EACCEPT, EMODPE or EACCEPTCOPY: RDI is the leaf, RSI a SECINFO aligned to 64,
//                                     RDX the page, RCX the page that is copied. RAX is what the leaf leaves there, or -1
//                                     if it faulted: the exception handler goes on at farl_page_leaf_fault.
#include "enclave/boundary/enclu_site.h"

    .text
    .global farl_page_leaf, farl_page_leaf_begin, farl_page_leaf_end, farl_page_leaf_fault
    .hidden farl_page_leaf, farl_page_leaf_begin, farl_page_leaf_end, farl_page_leaf_fault

farl_page_leaf:
    push %rbx
    mov %rdi, %rax
    mov %rsi, %rbx
    mov %rdx, %rsi
    mov %rcx, %rdx
    mov %rsi, %rcx
farl_page_leaf_begin:
    ENCLU_SITE
farl_page_leaf_end:
    pop %rbx
    ret
farl_page_leaf_fault:
    mov $-1, %rax
    pop %rbx
    ret

    .section .note.GNU-stack, "", @progbits
