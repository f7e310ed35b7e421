// The memory of cryptography: the heap that BoringSSL asks for (it wipes what it releases), and which memory is
// private.
#include "abi/sgx/layout.h"
#include "enclave/crypto/private_memory.h"
#include "enclave/memory/new.h"

#include <cstdlib>

namespace farl {

bool is_private_memory(std::span<std::byte const> bytes)
{
    static_assert(sgx::kEnclaveBase == 0);
    auto address = reinterpret_cast<uint64_t>(bytes.data());
    return address <= sgx::kEnclaveSize && bytes.size() <= sgx::kEnclaveSize - address;
}

} // namespace farl

extern "C" {
void* malloc(size_t size) noexcept { return farl::runtime_heap().allocate(size); }
void free(void* pointer) noexcept { farl::runtime_heap().release(pointer); }
}
