// VectorScope: BoringSSL works with vector registers, and those are the application's, live, while the runtime runs.
// Each function of enclave/crypto/ that calls BoringSSL holds one meanwhile; nothing of what BoringSSL had in registers
// is left after it. The wrapped calls may park, so a scope keeps the registers itself, on the stack: about 3 KB of a
// fiber's 32.
#pragma once

#include <cstddef>

namespace farl {

class [[nodiscard]] VectorScope {
public:
    VectorScope(); // these two are sched/'s, who knows the registers
    ~VectorScope();
    VectorScope(VectorScope const&) = delete;
    VectorScope& operator=(VectorScope const&) = delete;

    static constexpr size_t kStateSize = 2880;

private:
    alignas(64) std::byte state_[kStateSize];
};

} // namespace farl
