#include "enclave/crypto/random.h"

#include "base/guarded.h"
#include "enclave/crypto/random_seed.h"

#include <cstdint>
#include <cstring>

namespace farl {

namespace {

// ChaCha20 (RFC 8439) as a fast-key-erasure generator: each block of output replaces the key, so that a later look at
// the state tells nothing about earlier output. RDRAND is mixed into the key with every block.
struct Generator {
    uint32_t key[8] {};
    uint64_t blocks { 0 };
};

constinit Guarded<Generator> generator;

uint32_t rotate(uint32_t value, int bits) { return value << bits | value >> (32 - bits); }

void quarter_round(uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d)
{
    a += b, d = rotate(d ^ a, 16);
    c += d, b = rotate(b ^ c, 12);
    a += b, d = rotate(d ^ a, 8);
    c += d, b = rotate(b ^ c, 7);
}

void chacha_block(uint32_t const (&input)[16], uint32_t (&output)[16])
{
    memcpy(output, input, sizeof(output));
    auto* x = output;
    for (int round = 0; round < 10; ++round) {
        quarter_round(x[0], x[4], x[8], x[12]);
        quarter_round(x[1], x[5], x[9], x[13]);
        quarter_round(x[2], x[6], x[10], x[14]);
        quarter_round(x[3], x[7], x[11], x[15]);
        quarter_round(x[0], x[5], x[10], x[15]);
        quarter_round(x[1], x[6], x[11], x[12]);
        quarter_round(x[2], x[7], x[8], x[13]);
        quarter_round(x[3], x[4], x[9], x[14]);
    }
    for (int i = 0; i < 16; ++i)
        output[i] += input[i];
}

void reseed(Generator& state)
{
    for (int i = 0; i < 8; i += 2) {
        auto seed = random_seed();
        state.key[i] ^= static_cast<uint32_t>(seed);
        state.key[i + 1] ^= static_cast<uint32_t>(seed >> 32);
    }
}

} // namespace

void fill_random(void* bytes, size_t size)
{
    constexpr size_t kPerRequest = 4096; // keeps the lock short
    constexpr size_t kPerBlock = 32;     // the other half of each block is the next key
    constexpr uint64_t kBlocksBetweenSeeds = 64;
    auto* out = static_cast<uint8_t*>(bytes);
    while (size) {
        auto part = size < kPerRequest ? size : kPerRequest;
        generator.with([&](Generator& state) {
            for (size_t done = 0; done < part; done += kPerBlock) {
                if (state.blocks++ % kBlocksBetweenSeeds == 0)
                    reseed(state);
                uint32_t input[16] { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
                uint32_t output[16];
                memcpy(input + 4, state.key, sizeof(state.key));
                chacha_block(input, output);
                memcpy(state.key, output, sizeof(state.key));
                memcpy(out + done, output + 8, part - done < kPerBlock ? part - done : kPerBlock);
            }
        });
        out += part;
        size -= part;
    }
}

} // namespace farl
