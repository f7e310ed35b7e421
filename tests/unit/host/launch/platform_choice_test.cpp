#include "host/launch/platform_choice.h"

#include "host/launch/launch_options.h"
#include "host/platform/emulator/emulator.h"
#include "host/platform/sgx/sgx_platform.h"
#include "tests/support/fake_sgx_driver.h"

#include <gtest/gtest.h>

namespace farl::host {

namespace {

bool is_sgx(Platform const& platform) { return dynamic_cast<SgxPlatform const*>(&platform) != nullptr; }
bool is_emulator(Platform const& platform) { return dynamic_cast<Emulator const*>(&platform) != nullptr; }

LaunchOptions options_with(char const* platform)
{
    char const* words[] = { "farl-launcher", "--config-fd", "3", "--enclave", "e", "--sigstruct", "s", "--platform",
        platform };
    return LaunchOptions::parse(std::size(words), const_cast<char**>(words)).value_or(LaunchOptions {});
}

} // namespace

TEST(PlatformChoice, sgx_is_taken_where_it_works_by_who_asks_for_it)
{
    FakeSgxDriver driver;
    EXPECT_TRUE(is_sgx(*MUST(choose_platform(PlatformName::Sgx, driver, {}))));
}

TEST(PlatformChoice, sgx_that_does_not_work_is_an_error_for_who_asks_for_it)
{
    FakeSgxDriver driver;
    driver.fail_open(kEnclaveDevice, Errno::Enoent);
    testing::internal::CaptureStderr();
    EXPECT_EQ(choose_platform(PlatformName::Sgx, driver, {}).error(), Errno::Enoent);
    EXPECT_NE(testing::internal::GetCapturedStderr().find("farl: SGX: /dev/sgx_enclave"), std::string::npos);
}

TEST(PlatformChoice, auto_is_sgx_where_it_works_once_the_runtime_can_use_it)
{
    FakeSgxDriver driver;
    EXPECT_TRUE(is_sgx(*MUST(choose_platform(PlatformName::Auto, driver, {}, true))));
    EXPECT_TRUE(is_emulator(*MUST(choose_platform(PlatformName::Auto, driver, {}, false))));
}

TEST(PlatformChoice, auto_is_the_emulator_without_a_word_where_there_is_no_sgx)
{
    FakeSgxDriver driver;
    driver.features_ = {};
    testing::internal::CaptureStderr();
    EXPECT_TRUE(is_emulator(*MUST(choose_platform(PlatformName::Auto, driver, {}, true))));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(PlatformChoice, the_emulator_is_not_asked_for_twice)
{
    FakeSgxDriver driver;
    EXPECT_TRUE(is_emulator(*MUST(choose_platform(PlatformName::Emulator, driver, {}, true))));
    EXPECT_TRUE(driver.log().empty());
}

TEST(PlatformChoice, the_launcher_takes_it_by_name)
{
    EXPECT_EQ(options_with("sgx").platform, PlatformName::Sgx);
    EXPECT_EQ(options_with("auto").platform, PlatformName::Auto);
    EXPECT_EQ(options_with("emulator").platform, PlatformName::Emulator);
    EXPECT_EQ(options_with("tdx").config_fd, -1) << "refused";
}

} // namespace farl::host
