// For assembly: whether `rep movsb` from RSI to RDI would be slow. AMD's processors up to Zen 4 copy 2.5 bytes a
// nanosecond, and not 60, when the destination's address ends in twelve bits that are up to 31 above the source's, as
// with records and their headers in buffers of whole pages. `rep movsq` copies 20 then. Clobbers R8.
#pragma once
// clang-format off

.macro JUMP_IF_CLOSE target
    mov %edi, %r8d
    sub %esi, %r8d
    dec %r8d
    and $0xfff, %r8d
    cmp $31, %r8d
    jb \target
.endm
