// The enclave's own objects of BoringSSL in an ordinary program. They read the stack protector's word through GS, which
// an ordinary program does not use; what the runtime's layers above enclave/crypto/ supply has stand-ins here.
#include "enclave/crypto/private_memory.h"
#include "enclave/crypto/vector_scope.h"
#include "tests/crypto/wrapped.h"

#include <gtest/gtest.h>
#include <immintrin.h>

namespace farl {

VectorScope::VectorScope() { }
VectorScope::~VectorScope() { }
bool is_private_memory(std::span<std::byte const>) { return true; }

namespace crypto_test {

int64_t perform(Request const& request)
{
    auto result = run_wrapped(request);
    return result.is_ok() ? static_cast<int64_t>(result.value()) : -static_cast<int64_t>(result.error());
}

} // namespace crypto_test

} // namespace farl

namespace {

uint64_t start_of_gs[16]; // of a carrier page: the word is at 40

}

int main(int argc, char** argv)
{
    _writegsbase_u64(reinterpret_cast<uint64_t>(start_of_gs));
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
