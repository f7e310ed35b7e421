// Where cryptography may work: not in memory that the host can change between two reads. BoringSSL's AES-GCM reads the
// ciphertext twice, so what comes from the host is copied inside first, and what goes to it is copied out last.
#pragma once

#include <cstddef>
#include <span>

namespace farl {

// Whether all of it lies inside the enclave. memory/ answers.
bool is_private_memory(std::span<std::byte const> bytes);

} // namespace farl
