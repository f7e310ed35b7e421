// EACCEPT, EMODPE and EACCEPTCOPY of a patched site (page_leaves.h has them in full), as far as nothing is wrong; what is not plain
// goes to the UD2 of the site's thunk.
//
//   emulator_page_leaf    By a jump from a thunk: AL is the leaf, AH the index of the thunk, the other registers are the
//       enclave's. Goes on behind the site, with the registers that the manual says.
//
// It keeps registers below the enclave's red zone, where no signal handler writes. A handler that finds a thread here
// puts it before the instruction or behind it (settle_page_leaf), by these marks:
//   until emulator_page_leaf_kept       nothing but RAX is changed
//   at emulator_page_leaf_judged        it has happened if ZF is set
//   from emulator_page_leaf_done until emulator_page_leaf_left    it has happened
//   everywhere else                     it has not, or does no harm twice; RDI, RSI, RCX and RAX are kept
#include "host/platform/emulator/gate_offsets.h"

        .set    PLAIN_NEW, 0x208        // SECINFO.FLAGS without permissions: regular, PENDING
        .set    PLAIN_RESTRICTED, 0x220 // regular, PR
        .set    PLAIN_TRIMMED, 0x410    // trimmed, MODIFIED
        .set    PLAIN_COPIED, 0x200     // regular

        // Jumps to `otherwise` unless the address is in the enclave and aligned. Destroys rsi.
        .macro check_operand address, low_bits, otherwise
        test    $\low_bits, \address
        jnz     \otherwise
        mov     \address, %rsi
        sub     emulator_sole_enclave + SOLE_BASE(%rip), %rsi
        cmp     emulator_sole_enclave + SOLE_SIZE(%rip), %rsi
        jae     \otherwise
        .endm

        // rsi: where the EPCM entry of the page at the address is.
        .macro find_entry address
        mov     \address, %rsi
        shr     $12, %rsi
        add     emulator_epcm(%rip), %rsi
        .endm

        // RDI and RSI are the enclave's again, and PAGE_LEAF_TARGET is what follows the site. Destroys rax.
        .macro go_on_behind_site
        movzbl  PAGE_LEAF_RAX + 1(%rsp), %eax
        lea     emulator_sole_enclave + SOLE_RETURNS(%rip), %rdi
        mov     (%rdi, %rax, 8), %rdi
        mov     %rdi, PAGE_LEAF_TARGET(%rsp)
        mov     PAGE_LEAF_RDI(%rsp), %rdi
        mov     PAGE_LEAF_RSI(%rsp), %rsi
        .endm

        .text
        .globl  emulator_page_leaf, emulator_page_leaf_kept, emulator_page_leaf_judged
        .globl  emulator_page_leaf_done, emulator_page_leaf_left, emulator_page_leaf_end
        .hidden emulator_page_leaf, emulator_page_leaf_kept, emulator_page_leaf_judged
        .hidden emulator_page_leaf_done, emulator_page_leaf_left, emulator_page_leaf_end
        .type   emulator_page_leaf, @function
        .p2align 6
emulator_page_leaf:
        mov     %rdi, PAGE_LEAF_RDI(%rsp)
        mov     %rsi, PAGE_LEAF_RSI(%rsp)
        mov     %rcx, PAGE_LEAF_RCX(%rsp)
        mov     %rax, PAGE_LEAF_RAX(%rsp)
emulator_page_leaf_kept:
        check_operand %rbx, 63, otherwise
        check_operand %rcx, 4095, otherwise
        find_entry %rbx
        movzbl  (%rsi), %esi
        and     $(EPCM_TYPE | EPCM_PENDING | EPCM_MODIFIED | EPCM_READ), %esi
        cmp     $(EPCM_REGULAR | EPCM_READ), %esi
        jne     otherwise
        mov     8(%rbx), %rsi
        or      16(%rbx), %rsi
        or      24(%rbx), %rsi
        or      32(%rbx), %rsi
        or      40(%rbx), %rsi
        or      48(%rbx), %rsi
        or      56(%rbx), %rsi
        jnz     otherwise
        mov     (%rbx), %rdi
        find_entry %rcx
        cmp     $6, %al
        je      extend
        ja      copy
        mov     %rdi, %rax
        and     $~7, %rax
        and     $7, %edi
        cmp     $PLAIN_NEW, %rax
        je      accept_new
        cmp     $PLAIN_RESTRICTED, %rax
        je      accept_restricted
        cmp     $PLAIN_TRIMMED, %rax
        jne     otherwise

        // al: the entry as it is expected to be, dil: as it will be.
        or      $EPCM_TRIM, %edi
        mov     %edi, %eax
        or      $EPCM_MODIFIED, %eax
        jmp     exchange
accept_restricted:
        or      $EPCM_REGULAR, %edi
        mov     %edi, %eax
        or      $EPCM_RESTRICTED, %eax
        jmp     exchange
accept_new:
        or      $EPCM_REGULAR, %edi
        mov     %edi, %eax
        or      $EPCM_PENDING, %eax
        // The host that brings a page when it is missed, readable and writable: EAUG and EACCEPT in one.
        cmp     $(EPCM_REGULAR | EPCM_READ | EPCM_WRITE), %edi
        jne     exchange
        cmpb    $0, (%rsi)
        jne     exchange
        testb   $1, emulator_sole_enclave + SOLE_AUGMENTS(%rip)
        jz      otherwise
        xor     %eax, %eax
exchange:
        lock cmpxchg %dil, (%rsi)
emulator_page_leaf_judged:
        jne     otherwise
emulator_page_leaf_done:
        go_on_behind_site
        // CF, PF, AF, ZF, SF and OF are clear after a sum that is one.
        xor     %eax, %eax
        add     $1, %eax
        mov     $0, %eax
        jmp     *PAGE_LEAF_TARGET(%rsp)
emulator_page_leaf_left:

        // EMODPE: neither RAX nor flags say anything.
extend:
        and     $7, %edi
        movzbl  (%rsi), %eax
        or      %eax, %edi
        and     $~(EPCM_WRITE | EPCM_EXECUTE | EPCM_RESTRICTED), %eax
        cmp     $(EPCM_REGULAR | EPCM_READ), %eax
        jne     otherwise
        movzbl  (%rsi), %eax
        lock cmpxchg %dil, (%rsi)
        jne     otherwise
        go_on_behind_site
        movzbl  PAGE_LEAF_RAX(%rsp), %eax
        jmp     *PAGE_LEAF_TARGET(%rsp)

        // EACCEPTCOPY to a page that is made elsewhere; nobody sees how far it has got.
copy:
        mov     %rdi, %rax
        and     $~7, %rax
        cmp     $PLAIN_COPIED, %rax
        jne     otherwise
        test    $EPCM_READ, %edi
        jz      otherwise
        mov     %rcx, %rax
        sub     emulator_sole_enclave + SOLE_SHADOW_START(%rip), %rax
        cmp     emulator_sole_enclave + SOLE_SHADOW_SIZE(%rip), %rax
        jae     otherwise
        cmpb    $0, (%rsi)
        jne     otherwise
        check_operand %rdx, 4095, otherwise
        find_entry %rdx
        movzbl  (%rsi), %esi
        and     $(EPCM_TYPE | EPCM_PENDING | EPCM_MODIFIED | EPCM_READ), %esi
        cmp     $(EPCM_REGULAR | EPCM_READ), %esi
        jne     otherwise
        mov     %rcx, %rsi
        add     emulator_sole_enclave + SOLE_SHADOW_DELTA(%rip), %rsi
        xor     %ecx, %ecx
1:      mov     (%rdx, %rcx), %rax
        mov     %rax, (%rsi, %rcx)
        mov     8(%rdx, %rcx), %rax
        mov     %rax, 8(%rsi, %rcx)
        add     $16, %ecx
        cmp     $4096, %ecx
        jne     1b
        mov     PAGE_LEAF_RCX(%rsp), %rcx
        find_entry %rcx
        and     $7, %edi
        or      $EPCM_REGULAR, %edi
        xor     %eax, %eax
        jmp     exchange

otherwise:
        mov     PAGE_LEAF_RCX(%rsp), %rcx
        movzbl  PAGE_LEAF_RAX + 1(%rsp), %eax
        shl     $6, %eax
        lea     emulator_enclu_thunks + ENCLU_THUNK_TRAP(%rip), %rdi
        add     %rax, %rdi
        mov     %rdi, PAGE_LEAF_TARGET(%rsp)
        mov     PAGE_LEAF_RDI(%rsp), %rdi
        mov     PAGE_LEAF_RSI(%rsp), %rsi
        movzbl  PAGE_LEAF_RAX(%rsp), %eax
        jmp     *PAGE_LEAF_TARGET(%rsp)
emulator_page_leaf_end:
        .size   emulator_page_leaf, . - emulator_page_leaf

        .section .note.GNU-stack, "", @progbits
