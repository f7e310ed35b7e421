/* Sites that the analyser must get right; analysis_test.cpp says what is expected. Linked as a shared library that is
   never loaded. NAME_site is the distance of a site from NAME: a symbol at the site itself would be a branch target. */

.macro function name
    .p2align 4
    .type \name, @function
\name:
    .cfi_startproc
.endm
.macro end name
    .cfi_endproc
    .size \name, . - \name
.endm

.macro site function, name=site
    .set \function\()_\name, . - \function
.L\function\()_\name:
    syscall
.endm

    .text
function number_before
    mov $39, %eax
    site number_before
    ret
end number_before

function operand_before
    mov number(%rip), %eax
    site operand_before
    ret
end operand_before

function register_before
    mov %rsi, %rax
    mov %rdx, %rsi
    site register_before
    ret
end register_before

function constant_behind_operand
    cmpl $0x11223344, number(%rip)
    site constant_behind_operand
    ret
end constant_behind_operand

function loop_to_site
    mov $1, %eax
    site loop_to_site
    cmp $-4, %rax
    je .Lloop_to_site_site
    ret
end loop_to_site

function loop_into_every_window
    xor %eax, %eax
    site loop_into_every_window
1:  nop
2:  nop
    je .Lloop_into_every_window_site
    je 1b
    ret
end loop_into_every_window

function short_function
    xor %eax, %eax
    site short_function
    ret
end short_function

function short_jump_after
    nop
    site short_jump_after
    jmp number_before
end short_jump_after

function short_condition_after
    nop
    site short_condition_after
    js 1f
    ret
1:  ud2
end short_condition_after

function operand_after
    site operand_after
    mov %rax, number(%rip)
    ret
end operand_after

function calls_around
    call number_before
    site calls_around
    call number_before
    ret
end calls_around

function switch_to_site
    lea table(%rip), %rdx
    movslq (%rdx, %rdi, 4), %rax
    add %rdx, %rax
    jmp *%rax
    mov $2, %eax
    site switch_to_site
    ret
end switch_to_site

function pointer_to_site
    mov $3, %eax
    site pointer_to_site
    ret
end pointer_to_site

function landing_pad_at_site
    .cfi_lsda 0x1b, landing_pads
    mov $4, %eax
    site landing_pad_at_site
    ret
end landing_pad_at_site

function branch_mark_at_site
    mov $5, %eax
    endbr64
    site branch_mark_at_site
    ret
end branch_mark_at_site

function two_sites
    mov $6, %eax
    site two_sites
    site two_sites, second_site
    ret
end two_sites

function relocated_before
    movabs $number_global, %rax
    site relocated_before
    call number_before
end relocated_before

function frame_ends_at_site
    mov $56, %eax
    .cfi_endproc
    site frame_ends_at_site
    ret
    .size frame_ends_at_site, . - frame_ends_at_site

    .p2align 4
    .cfi_startproc
    .cfi_signal_frame
    nop
    .type signal_return, @function
signal_return:
    mov $15, %rax
    site signal_return
    .cfi_endproc

/* No function, no symbol of a size: true code between functions. */
    .p2align 4
between_functions:
    mov $7, %eax
    site between_functions
    ret

/* Constants, as OpenSSL keeps them in .text: sized as an object, and in a stretch that does not decode. */
    .p2align 6
    .type constants, @object
constants:
    .byte 0xb8, 1, 0, 0, 0
    .set constants_site, . - constants
    .byte 0x0f, 0x05, 0xc3
    .size constants, . - constants

function after_constants
    ret
end after_constants

    .p2align 4
unsized_constants:
    .byte 0xb8, 1, 0, 0, 0
    .set unsized_constants_site, . - unsized_constants
    .byte 0x0f, 0x05, 0xc3, 0x06, 0x07, 0x0e, 0x16

function inside_instruction
    mov $0x050f, %eax
    ret
end inside_instruction

    .section .rodata
    .p2align 2
table:
    .long number_before - table
    .long .Lswitch_to_site_site - table

    .section .gcc_except_table, "a"
landing_pads:
    .byte 0xff, 0xff, 0x01
    .uleb128 2f - 1f
1:  .uleb128 0
    .uleb128 2
    .uleb128 .Llanding_pad_at_site_site - landing_pad_at_site
    .uleb128 0
2:

    .data
    .quad .Lpointer_to_site_site
number:
    .long 0
    .globl number_global
number_global:
    .quad 0
    .section .note.GNU-stack, "", @progbits
