#include "enclave/loader/initial_stack.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/auxv.h>
#include <vector>

namespace farl {

namespace {

// Reads the stack as a C library's start-up code does.
struct Parsed {
    std::vector<std::string> arguments;
    std::vector<std::string> environment;
    std::vector<uint64_t> types;
    uint64_t value(uint64_t type) const
    {
        for (size_t i = 0; i < types.size(); ++i)
            if (types[i] == type)
                return values[i];
        return UINT64_MAX;
    }
    std::vector<uint64_t> values;
};

class InitialStackTest : public testing::Test {
protected:
    static constexpr uint64_t kTop = 0x7fff'0000;

    uint64_t word(uint64_t address) const
    {
        uint64_t value;
        std::memcpy(&value, stack.bytes.data() + (address - stack.stack_pointer), sizeof(value));
        return value;
    }
    std::string text(uint64_t address) const
    {
        return reinterpret_cast<char const*>(stack.bytes.data()) + (address - stack.stack_pointer);
    }
    Parsed parse() const
    {
        Parsed parsed;
        auto at = stack.stack_pointer;
        auto count = word(at);
        for (at += 8; word(at); at += 8)
            parsed.arguments.push_back(text(word(at)));
        EXPECT_EQ(parsed.arguments.size(), count);
        for (at += 8; word(at); at += 8)
            parsed.environment.push_back(text(word(at)));
        at += 8;
        EXPECT_EQ(at, stack.auxiliary_start);
        for (; word(at); at += 16) {
            parsed.types.push_back(word(at));
            parsed.values.push_back(word(at + 8));
        }
        EXPECT_EQ(at + 16, stack.auxiliary_end);
        return parsed;
    }
    Result<> build(std::vector<std::string_view> arguments, std::vector<std::string_view> environment)
    {
        request.arguments = arguments;
        request.environment = environment;
        request.top = kTop;
        stack = TRY(build_initial_stack(request));
        return {};
    }

    InitialStackRequest request { .executable = "/bin/program" };
    InitialStack stack;
};

} // namespace

TEST_F(InitialStackTest, arguments_environment_and_vector_come_back)
{
    request.auxiliary = { .vdso = 0x5000, .entry = 0x1234, .uid = 1000, .random = { std::byte { 9 } } };
    ASSERT_TRUE(build({ "program", "", "two words" }, { "HOME=/", "X=" }));
    auto parsed = parse();
    EXPECT_EQ(parsed.arguments, (std::vector<std::string> { "program", "", "two words" }));
    EXPECT_EQ(parsed.environment, (std::vector<std::string> { "HOME=/", "X=" }));
    EXPECT_EQ(parsed.value(AT_ENTRY), 0x1234u);
    EXPECT_EQ(parsed.value(AT_UID), 1000u);
    EXPECT_EQ(parsed.value(AT_SYSINFO_EHDR), 0x5000u);
    EXPECT_EQ(parsed.value(AT_PAGESZ), 4096u);
    EXPECT_EQ(text(parsed.value(AT_EXECFN)), "/bin/program");
    EXPECT_EQ(text(parsed.value(AT_PLATFORM)), "x86_64");
    EXPECT_EQ(text(parsed.value(AT_RANDOM))[0], 9);
}

TEST_F(InitialStackTest, the_stack_pointer_is_aligned_for_every_count)
{
    for (size_t count = 0; count < 9; ++count) {
        ASSERT_TRUE(build(std::vector<std::string_view>(count, "a"), { "B=1" }));
        EXPECT_EQ(stack.stack_pointer % 16, 0u);
        EXPECT_EQ(stack.stack_pointer + stack.bytes.size(), kTop);
        EXPECT_EQ(parse().arguments.size(), std::max<size_t>(count, 1)); // Linux gives at least an empty argv[0]
    }
}

TEST_F(InitialStackTest, strings_lie_as_proc_cmdline_and_environ_expect)
{
    ASSERT_TRUE(build({ "a", "bc" }, { "D=e" }));
    EXPECT_EQ(stack.arguments_end - stack.arguments_start, 5u);
    EXPECT_EQ(stack.environment_start, stack.arguments_end);
    EXPECT_EQ(stack.environment_end - stack.environment_start, 4u);
    EXPECT_EQ(text(stack.environment_end), "/bin/program");
    EXPECT_EQ(word(kTop - 8), 0u);
}

TEST_F(InitialStackTest, the_vector_has_the_entries_of_linux_in_its_order)
{
    request.auxiliary.vdso = 0x5000;
    ASSERT_TRUE(build({ "a" }, {}));
    std::vector<uint64_t> expected { 33, 51, 16, 6, 17, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 23, 25, 26, 31, 15 };
    EXPECT_EQ(parse().types, expected);
    request.auxiliary.vdso = 0;
    ASSERT_TRUE(build({ "a" }, {}));
    EXPECT_EQ(parse().types.front(), 51u);
    EXPECT_EQ(parse().value(AT_CLKTCK), getauxval(AT_CLKTCK));
    EXPECT_EQ(parse().value(AT_PHENT), getauxval(AT_PHENT));
}

TEST_F(InitialStackTest, too_much_is_e2big)
{
    std::string longest(32 * 4096 - 1, 'x');
    EXPECT_TRUE(build({ longest }, {}));
    std::string longer = longest + "x";
    EXPECT_EQ(build({ longer }, {}).error(), Errno::E2big);
    EXPECT_TRUE(build(std::vector<std::string_view>(15, longest), {}));
    EXPECT_EQ(build(std::vector<std::string_view>(17, longest), {}).error(), Errno::E2big);
    EXPECT_EQ(build(std::vector<std::string_view>(300'000, ""), {}).error(), Errno::E2big);
    request.stack_limit = 0;
    EXPECT_EQ(build({ longest }, { "X=1" }).error(), Errno::E2big);
    EXPECT_TRUE(build({ "a" }, { "X=1" }));
}

TEST_F(InitialStackTest, a_nul_inside_a_string_is_refused)
{
    EXPECT_EQ(build({ std::string_view("a\0b", 3) }, {}).error(), Errno::Einval);
}

} // namespace farl
