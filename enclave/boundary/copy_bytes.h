// For assembly: COPY_BYTES copies RDX bytes from RSI to RDI. `rep movsb` is the fast way (FSRM), but on AMD's
// processors many times slower than `rep movsq` where the destination's address ends in twelve bits that are up to 31
// above the source's, as those of records and their headers in buffers of whole pages do. Clobbers RCX, RSI, RDI, R8.
#pragma once
// clang-format off

.macro COPY_BYTES
    mov %edi, %r8d
    sub %esi, %r8d
    dec %r8d
    and $0xfff, %r8d
    mov %rdx, %rcx
    cmp $31, %r8d
    jae .Lbytes\@
    shr $3, %rcx
    rep movsq
    mov %edx, %ecx
    and $7, %ecx
.Lbytes\@:
    rep movsb
.endm
