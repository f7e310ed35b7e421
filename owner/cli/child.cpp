#include "owner/cli/child.h"

#include "owner/launch/user_error.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

namespace farl::owner {

namespace {

struct Pipe {
    FileDescriptor out, in; // read, write
};

Pipe make_pipe()
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        throw UserError(kFarlFailed, fmt::format("no pipe: {}", std::strerror(errno)));
    return { FileDescriptor(ends[0]), FileDescriptor(ends[1]) };
}

// What execvp(3) and a shell make of it.
[[noreturn]] void become(char const* const* words, int input, int output)
{
    std::signal(SIGPIPE, SIG_DFL);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execvp(words[0], const_cast<char* const*>(words));
    auto error = errno;
    auto text = fmt::format("farl: {}: {}\n", words[0], std::strerror(error));
    (void)!write(STDERR_FILENO, text.data(), text.size());
    _exit(error == ENOENT ? kNotFound : kNotRunnable);
}

} // namespace

Child Child::start(char const* const* words, std::function<void()> const& prepare)
{
    auto input = make_pipe(), output = make_pipe();
    auto pid = fork();
    if (pid < 0)
        throw UserError(kFarlFailed, fmt::format("no process for {}: {}", words[0], std::strerror(errno)));
    if (pid == 0) {
        prepare();
        become(words, input.out.get(), output.in.get());
    }
    return { pid, std::move(input.in), std::move(output.out) };
}

int Child::wait() const
{
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) { }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace farl::owner
