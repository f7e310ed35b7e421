// The proof that relocated instructions do what the original ones did: real programs run with every system call of
// their C library, or of their static selves, patched, and must do what they do unpatched.
#include "tests/rewrite/patched_elf.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/wait.h>

namespace farl::test {

namespace {

namespace fs = std::filesystem;

struct Outcome {
    int status;
    std::string output;

    bool operator==(Outcome const&) const = default;
};

std::ostream& operator<<(std::ostream& stream, Outcome const& outcome)
{
    return stream << "status " << outcome.status << "\n" << outcome.output;
}

// Through the shell, with a limit that a hanging program meets.
Outcome run(std::string const& command)
{
    auto const limited = "cd / && LC_ALL=C exec timeout --kill-after=5 120 " + command + " 2>&1 </dev/null";
    std::FILE* pipe = ::popen(limited.c_str(), "re");
    std::string output;
    std::array<char, 65536> buffer;
    while (auto const count = std::fread(buffer.data(), 1, buffer.size(), pipe))
        output.append(buffer.data(), count);
    return { ::pclose(pipe), output };
}

bool is_installed(std::string const& program) { return fs::exists(program); }

class RewriteExecTest : public testing::Test {
protected:
    RewriteExecTest()
    {
        char name[] = "/tmp/farl-rewrite-exec-XXXXXX";
        directory_ = mkdtemp(name);
    }
    ~RewriteExecTest() override { fs::remove_all(directory_); }

    std::string path(std::string const& name) const { return directory_ / name; }

    // All sites of the file are in the copy.
    void patch(std::string const& from, std::string const& name, Thunks thunks = Thunks::DoTheCall) const
    {
        auto const patched = write_patched_elf(from, path(name), thunks);
        ASSERT_TRUE(patched.is_ok()) << from << ": error " << static_cast<int>(patched.error());
        ASSERT_EQ(patched.value().failed, 0u) << from;
        ASSERT_GT(patched.value().applied, 0u) << from;
    }

    void patch_glibc(Thunks thunks = Thunks::DoTheCall) const
    {
        patch("/lib64/ld-linux-x86-64.so.2", "ld.so");
        patch("/lib/x86_64-linux-gnu/libc.so.6", "libc.so.6", thunks);
    }
    std::string with_glibc(std::string const& command) const
    {
        return path("ld.so") + " --library-path " + directory_.string() + " " + command;
    }

    void expect_same_when_static(std::string const& program, std::string const& arguments) const
    {
        std::string const name = fs::path(program).filename();
        patch(program, name + ".patched");
        fs::create_directory(path("bin"));
        fs::rename(path(name + ".patched"), path("bin/" + name)); // argv[0] may matter
        auto const native = run(program + arguments);
        EXPECT_EQ(native.status, 0) << native;
        EXPECT_EQ(run(path("bin/" + name) + arguments), native);
    }

private:
    fs::path directory_;
};

} // namespace

TEST_F(RewriteExecTest, programs_run_on_a_patched_glibc)
{
    patch_glibc();
    for (std::string const command : {
             "/bin/ls -lR /usr/share/doc/base-files /etc/apt /usr/include/linux",
             "/usr/bin/find /usr/share/doc -name copyright -size +2k",
             "/usr/bin/sha256sum /bin/bash /bin/ls",
             "/usr/bin/sort -u /etc/services",
             "/bin/tar -cf - -C /usr/share/doc/base-files .",
             "/usr/bin/perl -e 'print join(\",\", map { $_ * $_ } 1..20), \"\\n\"; print `echo from a child`;'",
             "/bin/bash -c 'for i in 1 2 3; do (echo sub $i); done; echo $(< /etc/hostname) | tr a-z A-Z; exit 9'",
         }) {
        if (is_installed(command.substr(0, command.find(' ')))) {
            EXPECT_EQ(run(with_glibc(command)), run(command)) << command;
        }
    }
}

TEST_F(RewriteExecTest, threads_signals_and_processes_work_on_a_patched_glibc)
{
    patch_glibc();
    auto const native = run(FARL_TEST_EXERCISE);
    EXPECT_EQ(native.status, 0) << native;
    EXPECT_EQ(run(with_glibc(FARL_TEST_EXERCISE)), native);
}

TEST_F(RewriteExecTest, python_runs_on_a_patched_glibc)
{
    std::string const command = "/usr/bin/python3 " FARL_TEST_SOURCES "/exercise.py";
    if (!is_installed("/usr/bin/python3"))
        GTEST_SKIP() << "no python3";
    patch_glibc();
    auto const native = run(command);
    EXPECT_EQ(native.status, 0) << native;
    EXPECT_EQ(run(with_glibc(command)), native);
}

TEST_F(RewriteExecTest, the_programs_above_really_go_through_the_stubs)
{
    patch_glibc(Thunks::Crash);
    auto const outcome = run(with_glibc("/bin/ls /"));
    EXPECT_EQ(outcome.output.find("usr"), outcome.output.npos) << outcome;
    EXPECT_TRUE(WIFSIGNALED(outcome.status)) << "timeout(1) dies as its program did: " << outcome;
    EXPECT_EQ(WTERMSIG(outcome.status), SIGILL);
}

TEST_F(RewriteExecTest, a_static_program_runs_patched) { expect_same_when_static(FARL_TEST_EXERCISE_STATIC, ""); }

TEST_F(RewriteExecTest, a_static_position_independent_program_runs_patched)
{
    expect_same_when_static(FARL_TEST_EXERCISE_STATIC_PIE, "");
}

TEST_F(RewriteExecTest, busybox_runs_patched)
{
    if (!is_installed("/bin/busybox"))
        GTEST_SKIP() << "no busybox";
    for (auto const* arguments :
        {
            " sh -c 'for i in 1 2 3; do (echo $i) & wait; done; ls -la /etc | sha256sum; echo a b | awk \"{print 2}\"'",
            " find /usr/share/doc/base-files -type f -exec md5sum {} +",
            " sh -c 'dd if=/bin/bash bs=4k count=100 status=none | gzip -n | md5sum'",
        })
        expect_same_when_static("/bin/busybox", arguments);
}

TEST_F(RewriteExecTest, programs_run_on_a_patched_musl)
{
#ifdef FARL_TEST_EXERCISE_MUSL
    patch("/lib/ld-musl-x86_64.so.1", "ld-musl.so");
    auto const native = run(FARL_TEST_EXERCISE_MUSL " without-cancellation");
    EXPECT_EQ(native.status, 0) << native;
    EXPECT_EQ(run(path("ld-musl.so") + " " FARL_TEST_EXERCISE_MUSL " without-cancellation"), native);
#else
    GTEST_SKIP() << "no musl-gcc when this was built";
#endif
}

TEST_F(RewriteExecTest, a_static_musl_program_runs_patched)
{
#ifdef FARL_TEST_EXERCISE_MUSL
    expect_same_when_static(FARL_TEST_EXERCISE_MUSL_STATIC, " without-cancellation");
#else
    GTEST_SKIP() << "no musl-gcc when this was built";
#endif
}

TEST_F(RewriteExecTest, a_go_program_runs_patched)
{
    if (!is_installed("/usr/bin/go"))
        GTEST_SKIP() << "no Go";
    auto const built = run("env HOME=" + path("") + " GO111MODULE=off CGO_ENABLED=0 go build -ldflags='-s -w' -o "
        + path("go-program") + " " FARL_TEST_SOURCES "/exercise.go");
    ASSERT_EQ(built.status, 0) << built;
    expect_same_when_static(path("go-program"), "");
}

} // namespace farl::test
