// AES-256-GCM with VAES and VPCLMULQDQ on registers of 64 bytes: for processors that have those, in place of
// BoringSSL's, which is several times slower on blocks of files. Time and memory accesses depend on sizes only. For
// aes_gcm.cpp, which checks its arguments and holds a VectorScope meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace farl {

struct WideGcmKey {
    static constexpr size_t kRounds = 14, kPowers = 16;
    std::byte round_keys[kRounds + 1][16];
    std::byte powers[kPowers][16]; // of the hash's key, the highest first
};

// Where the two directions agree: 12 bytes of nonce; input and output are of one size, and the same memory or apart.
// Each byte of the input is read once.
struct WideGcmText {
    std::span<std::byte const, 12> nonce;
    std::span<std::byte const> additional;
    std::span<std::byte const> input;
    std::byte* output;
};

// Whether this processor can, and the enclave may. Needs a VectorScope.
bool has_wide_gcm();

void wide_gcm_expand(WideGcmKey& expanded, std::span<std::byte const, 32> key);
void wide_gcm_seal(WideGcmKey const& key, WideGcmText const& text, std::span<std::byte, 16> tag);
// False: the output is not to be used.
bool wide_gcm_open(WideGcmKey const& key, WideGcmText const& text, std::span<std::byte const, 16> tag);

} // namespace farl
