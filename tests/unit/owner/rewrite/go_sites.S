/* What a stripped, position-independent Go program looks like to the analyser: no symbols, no .eh_frame, but a function
   table, whose text start the dynamic linker writes. Linked as a shared library that is never loaded. */

    .text
    .byte 0x06, 0x06 /* no instruction: without the table, nothing proves that the rest is code */
    .p2align 4
.Ltext_start:
.Lfirst:
    mov $39, %eax
    syscall
    ret
    .p2align 4, 0xcc
.Lsecond:
    mov 8(%rsp), %rax
    syscall
    ret
    .p2align 4, 0xcc
.Ltext_end:
    .byte 0xb8, 1, 0, 0, 0, 0x0f, 0x05, 0x06

    .section .gopclntab, "aw"
.Ltable:
    .long 0xfffffff1
    .byte 0, 0, 1, 8
    .quad 2                     /* functions */
    .quad 0                     /* files */
    .quad .Ltext_start
    .quad 0, 0, 0, 0            /* tables of names and positions */
    .quad .Lfunctions - .Ltable
.Lfunctions:
    .long .Lfirst - .Ltext_start, 0
    .long .Lsecond - .Ltext_start, 0
    .long .Ltext_end - .Ltext_start
    .section .note.GNU-stack, "", @progbits
