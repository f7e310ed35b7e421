// The enclave's own objects of BoringSSL in an ordinary program.
#include "tests/crypto/hosted/stand_ins.h"
#include "tests/crypto/wrapped.h"

#include <gtest/gtest.h>
#include <string_view>

namespace farl::crypto_test {

int64_t perform(Request const& request)
{
    auto result = run_wrapped(request);
    return result.is_ok() ? static_cast<int64_t>(result.value()) : -static_cast<int64_t>(result.error());
}

} // namespace farl::crypto_test

int main(int argc, char** argv)
{
    farl::crypto_test::prepare_stack_protector();
    testing::InitGoogleTest(&argc, argv);
    farl::crypto_test::allow_wide_gcm(argc < 2 || std::string_view(argv[1]) != "--narrow");
    return RUN_ALL_TESTS();
}
