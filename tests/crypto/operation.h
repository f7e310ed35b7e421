// What the tests ask of the enclave's cryptography, as one call: made directly in a hosted program, and by a system
// call of its own from a program in the test enclave. So the same tests judge both.
#pragma once

#include <cstddef>
#include <cstdint>

namespace farl::crypto_test {

enum class Operation : uint64_t {
    Seal,      // key, nonce, additional, input -> output, tag
    Open,      // key, nonce, additional, input, tag -> output
    Hmac,      // key, input -> output
    Hkdf,      // key, nonce (the salt), additional (the information) -> output
    Verify,    // key (a point), input, tag (a signature)
    Agree,     // key (a scalar), input (a point) -> output
    Sign,      // key (a scalar), input -> output; the size of the signature
    PublicKey, // key (a scalar) -> output

    // Of the test enclave only.
    SealHostMemory, // how many ways of working in memory outside were refused
    MeetOnce,       // runs something once, number `count`: how many such were run so far
    CountUnderLock, // counts `count` steps with a lock held, gives its carrier away meanwhile: the sum
    KeepLocal,      // keeps `count` until the thread ends, and reads it again; 0: how many such are gone
    ShakeHands,     // TLS between two ends in memory: the version
    DeepestStack,   // of the operations so far, in bytes
};

struct Bytes {
    void* data;
    uint64_t size;
};

struct Request {
    Operation operation;
    Bytes key, nonce, additional, input, output, tag;
    uint64_t count;
};

// A number, or a negated errno.
int64_t perform(Request const& request);

// The system call of the test enclave: beyond all of Linux's.
inline constexpr long kSystemCall = 0x00fa1000;

} // namespace farl::crypto_test
