// What BoringSSL takes from a processor and an operating system: features, and entropy. In place of its crypto.c and
// cpu_intel.c.
#include "enclave/crypto/random.h"

#include <cstdint>
#include <openssl/crypto.h>

extern "C" {

// Constants, so that no host answers for CPUID, and nobody can forget to ask. Each processor with SGX on which the
// runtime's own AVX works has these, as have others since Broadwell and Zen. Words of leaf 1 EDX and ECX, leaf 7 EBX
// and ECX (SDM vol. 2A). Not RDRAND: entropy comes from random.h. Not AVX-512 and SHA: not every one has them.
__attribute__((visibility("hidden"))) extern uint32_t const OPENSSL_ia32cap_P[4] = {
    1u << 23 | 1u << 24 | 1u << 25 | 1u << 26 // MMX, FXSR, SSE, SSE2
        | 1u << 28 | 1u << 30,                // hyper-threading: the careful paths; BoringSSL's own bit for Intel
    1u << 0 | 1u << 1 | 1u << 9 | 1u << 12    // SSE3, PCLMULQDQ, SSSE3, FMA
        | 1u << 19 | 1u << 20 | 1u << 22      // SSE4.1, SSE4.2, MOVBE
        | 1u << 23 | 1u << 25 | 1u << 26      // POPCNT, AES, XSAVE
        | 1u << 27 | 1u << 28,                // OSXSAVE, AVX
    1u << 3 | 1u << 5 | 1u << 8 | 1u << 19,   // BMI1, AVX2, BMI2, ADX
    0,
};

void CRYPTO_library_init() { }

void CRYPTO_sysrand(uint8_t* bytes, size_t size) { farl::fill_random(bytes, size); }
void CRYPTO_sysrand_for_seed(uint8_t* bytes, size_t size) { farl::fill_random(bytes, size); }

} // extern "C"
