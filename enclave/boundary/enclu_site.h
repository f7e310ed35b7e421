// ENCLU_SITE: the one way in which assembly writes an ENCLU: 16 bytes, listed, so that the emulator can put a jump to
// its own code in their place (abi/sgx/enclu.h). RAX is the leaf.
#pragma once

// clang-format off
#define ENCLU_SITE                    \
    .pushsection .farl.enclu, "a";    \
    .long 9f - .;                     \
    .popsection;                      \
    .balign 16;                       \
9:  enclu;                            \
    .fill 13, 1, 0x90
// clang-format on
