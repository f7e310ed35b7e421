// An ordinary program, run in the test enclave.
#include "tests/crypto/operation.h"

#include <cerrno>
#include <gtest/gtest.h>
#include <unistd.h>

int64_t farl::crypto_test::perform(Request const& request)
{
    auto const result = syscall(kSystemCall, &request);
    return result < 0 ? -errno : result;
}

int main(int argc, char** argv)
{
    testing::InitGoogleTest(&argc, argv);
    if (farl::crypto_test::perform({ .operation = farl::crypto_test::Operation::DeepestStack }) < 0) {
        std::fprintf(stderr, "%s: only in the test enclave\n", argv[0]);
        return 2;
    }
    return RUN_ALL_TESTS();
}
