#include "owner/launch/program.h"

#include "owner/launch/user_error.h"
#include "tests/unit/owner/launch/elf_bytes.h"
#include "tests/unit/owner/launch/temporary_directory.h"

#include <gtest/gtest.h>

namespace farl {

using owner::Program;
using owner::UserError;
using Words = std::vector<std::string>;

namespace {

class FindProgram : public testing::Test {
protected:
    Program find(Words words, std::string path = "/usr/bin:/bin") const
    {
        auto root = owner::RootDirectory::open(directory.path());
        return owner::find_program(root, { std::move(words), "/work", std::move(path) });
    }
    // "STATUS message", or "" if it was found.
    std::string failure(Words words, std::string path = "/usr/bin:/bin") const
    {
        try {
            find(std::move(words), std::move(path));
        } catch (UserError const& error) {
            return std::to_string(error.status()) + " " + error.what();
        }
        return "";
    }
    void expect_failure(Words words, int status, std::string_view part) const
    {
        auto message = failure(std::move(words));
        EXPECT_TRUE(message.starts_with(std::to_string(status) + " ")) << message;
        EXPECT_NE(message.find(part), std::string::npos) << message;
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }

    TemporaryDirectory directory;
    std::string const elf = ElfBytes().bytes();
};

} // namespace

TEST_F(FindProgram, searches_the_path_in_order)
{
    directory.write("/bin/tool", elf);
    EXPECT_EQ(find({ "tool", "-x" }).path, "/bin/tool");
    directory.write("/usr/bin/tool", elf);
    auto program = find({ "tool", "-x" });
    EXPECT_EQ(program.path, "/usr/bin/tool");
    EXPECT_EQ(program.arguments, (Words { "tool", "-x" }));
}

TEST_F(FindProgram, passes_over_what_is_not_executable_while_it_searches)
{
    directory.write("/usr/bin/tool", elf, 0644);
    expect_failure({ "tool" }, 126, "/usr/bin/tool is not executable");
    directory.write("/bin/tool", elf);
    EXPECT_EQ(find({ "tool" }).path, "/bin/tool");
}

TEST_F(FindProgram, takes_an_empty_element_of_the_path_for_the_working_directory)
{
    directory.write("/work/tool", elf);
    EXPECT_EQ(find({ "tool" }, "/bin:").path, "/work/tool");
    EXPECT_EQ(find({ "./tool" }).path, "/work/./tool");
    EXPECT_TRUE(failure({ "tool" }).starts_with("127 "));
}

TEST_F(FindProgram, follows_absolute_links_inside_the_root_and_never_out_of_it)
{
    directory.write("/usr/bin/real", elf);
    directory.link("/bin/alias", "/usr/bin/real");
    directory.link("/bin/escape", "/../../../../../../../../bin/sh");
    EXPECT_EQ(find({ "/bin/alias" }).path, "/bin/alias");
    expect_failure({ "/bin/escape" }, 127, "No such file");
}

TEST_F(FindProgram, runs_the_interpreter_of_a_script_as_execve_does)
{
    directory.write("/bin/sh", elf);
    directory.write("/bin/plain", "#!/bin/sh\nexit\n");
    directory.write("/bin/option", "#!  /bin/sh   -e -x \t\nexit\n");
    directory.write("/bin/nested", "#!/bin/option -n\n");

    auto plain = find({ "plain", "a", "b" });
    EXPECT_EQ(plain.path, "/bin/sh");
    EXPECT_EQ(plain.arguments, (Words { "/bin/sh", "/bin/plain", "a", "b" }));
    EXPECT_EQ(find({ "option" }).arguments, (Words { "/bin/sh", "-e -x", "/bin/option" }));
    EXPECT_EQ(
        find({ "nested", "z" }).arguments, (Words { "/bin/sh", "-e -x", "/bin/option", "-n", "/bin/nested", "z" }));
}

TEST_F(FindProgram, refuses_scripts_whose_interpreter_is_missing_or_that_never_end)
{
    directory.write("/bin/lost", "#!/bin/absent\n");
    directory.write("/bin/empty", "#!\n");
    directory.write("/bin/loop", "#!/bin/loop\n");
    expect_failure({ "lost" }, 127, "/bin/absent");
    expect_failure({ "empty" }, 126, "interpreter");
    expect_failure({ "loop" }, 126, "too many scripts");
}

TEST_F(FindProgram, says_why_a_file_cannot_be_run)
{
    directory.write("/bin/text", "hello\n");
    directory.write("/bin/nothing", "");
    auto narrow = ElfBytes();
    narrow.header.e_ident[EI_CLASS] = ELFCLASS32;
    directory.write("/bin/narrow", narrow.bytes());
    directory.write("/bin/cut", elf.substr(0, 80));
    directory.write("/bin/dynamic", elf_with_interpreter("/lib/ld.so").bytes());

    expect_failure({ "absent" }, 127, "no such program");
    expect_failure({ "/bin/absent" }, 127, "No such file");
    expect_failure({ "" }, 127, "empty");
    expect_failure({ "/bin" }, 126, "is a directory");
    expect_failure({ "text" }, 126, "neither an ELF program");
    expect_failure({ "nothing" }, 126, "neither an ELF program");
    expect_failure({ "narrow" }, 126, "32-bit");
    expect_failure({ "cut" }, 126, "corrupt ELF");
    expect_failure({ "dynamic" }, 127, "interpreter /lib/ld.so: No such file");
}

TEST_F(FindProgram, checks_the_interpreter_of_a_dynamic_program)
{
    directory.write("/bin/dynamic", elf_with_interpreter("/lib/ld.so").bytes());
    directory.write("/lib/ld.so", "not ELF");
    expect_failure({ "dynamic" }, 126, "is not an ELF file");
    directory.write("/lib/ld.so", elf.substr(0, 100));
    expect_failure({ "dynamic" }, 126, "corrupt ELF");
    directory.write("/lib/ld.so", elf);
    EXPECT_EQ(find({ "dynamic" }).interpreter, "/lib/ld.so");
}

} // namespace farl
