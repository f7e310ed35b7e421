#include "tests/platform/test_enclave.h"

#include <gtest/gtest.h>

namespace farl::host {

using Kind = Outcome::Kind;

TEST(Transition, enter_and_exit_pass_five_registers_each_way)
{
    auto enclave = TestEnclave::make();
    auto result = call(*enclave, TestEnclave::tcs(0), Command::Echo, 2, 3, 4, 5);
    EXPECT_EQ(result.outcome.kind, Kind::Exit);
    EXPECT_EQ(result.registers.rdi, 1u);
    EXPECT_EQ(result.registers.rsi, 2u);
    EXPECT_EQ(result.registers.rdx, 3u);
    EXPECT_EQ(result.registers.r8, 4u);
    EXPECT_EQ(result.registers.r9, 5u);
}

} // namespace farl::host
