// BoringSSL's words for ours. For the sources of enclave/crypto/ and net/tls/, which alone include its headers.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <openssl/err.h>
#include <span>

namespace farl {

inline uint8_t const* octets(std::span<std::byte const> bytes)
{
    return reinterpret_cast<uint8_t const*>(bytes.data());
}
inline uint8_t* writable_octets(std::span<std::byte> bytes) { return reinterpret_cast<uint8_t*>(bytes.data()); }

// Why it failed stays in a queue of the thread, where a later failure would find it.
inline Result<> outcome(bool is_success, Errno error)
{
    if (is_success)
        return {};
    ERR_clear_error();
    return error;
}

} // namespace farl
