#include "tests/crypto/hosted/stand_ins.h"

#include "enclave/crypto/private_memory.h"
#include "enclave/crypto/vector_scope.h"

#include <cstdint>
#include <immintrin.h>

namespace farl {

VectorScope::VectorScope() { }
VectorScope::~VectorScope() { }
bool is_private_memory(std::span<std::byte const>) { return true; }

namespace crypto_test {

void prepare_stack_protector()
{
    static uint64_t start_of_gs[16]; // of a carrier page: the word is at 40
    _writegsbase_u64(reinterpret_cast<uint64_t>(start_of_gs));
}

} // namespace crypto_test

} // namespace farl
