#include "tests/crypto/hosted/stand_ins.h"

#include "enclave/crypto/private_memory.h"
#include "enclave/crypto/vector_scope.h"
#include "enclave/crypto/wide/wide_gcm.h"

#include <cstdint>
#include <immintrin.h>

namespace farl {

VectorScope::VectorScope() { }
VectorScope::~VectorScope() { }
bool is_private_memory(std::span<std::byte const>) { return true; }

namespace {

bool is_wide_gcm_allowed = true;

}

bool has_wide_gcm()
{
    return is_wide_gcm_allowed && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("vaes")
        && __builtin_cpu_supports("vpclmulqdq");
}

namespace crypto_test {

void allow_wide_gcm(bool is_allowed) { is_wide_gcm_allowed = is_allowed; }

void prepare_stack_protector()
{
    static uint64_t start_of_gs[16]; // of a carrier page: the word is at 40
    _writegsbase_u64(reinterpret_cast<uint64_t>(start_of_gs));
}

} // namespace crypto_test

} // namespace farl
