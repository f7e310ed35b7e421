#include "owner/launch/embedded_cas.h"

#include "owner/digest/hexadecimal.h"
#include "owner/launch/data_directory.h"
#include "owner/launch/installation.h"
#include "owner/launch/kept_descriptor.h"
#include "owner/launch/sealed_memory.h"
#include "owner/launch/user_error.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace farl::owner {

namespace {

struct Ends {
    FileDescriptor ours, theirs;
};

Ends connected_ends()
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        throw UserError(kFarlFailed, fmt::format("socketpair: {}", std::strerror(errno)));
    FileDescriptor first(ends[0]), second(ends[1]);
    return { FileDescriptor(kept_descriptor(first.get())), FileDescriptor(kept_descriptor(second.get())) };
}

// Whoever waits for the end of what the program writes, or for its terminal, does not wait for this one.
void keep_only(int first, int second)
{
    auto low = static_cast<unsigned>(std::min(first, second)), high = static_cast<unsigned>(std::max(first, second));
    if (low > 3)
        close_range(3, low - 1, 0);
    if (high > low + 1)
        close_range(low + 1, high - 1, 0);
    close_range(high + 1, ~0u, 0);
    auto nowhere = open("/dev/null", O_RDWR);
    for (int standard : { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO })
        dup2(nowhere, standard);
    if (nowhere > STDERR_FILENO && nowhere != first && nowhere != second)
        close(nowhere);
}

[[noreturn]] void become_cas(char const* const* arguments, int socket, int startup)
{
    keep_only(socket, startup);
    setsid();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    char* environment[] = { nullptr };
    execve(arguments[0], const_cast<char**>(arguments), environment);
    _exit(kFarlFailed); // the enclave finds its connection closed, and says so
}

void add_volumes(std::vector<std::string>& words, EmbeddedVolumes const& volumes)
{
    auto const directory = data_directory_of_user();
    if (directory.empty() || access(directory.c_str(), W_OK))
        throw UserError(kFarlFailed,
            "there is no place for the keys of volumes: HOME or XDG_DATA_HOME has to be a directory that can be "
            "written");
    words.push_back(directory + kVolumesDirectory);
    words.emplace_back(volumes.accepts_older ? "any" : "newest");
    for (auto const& [name, file] : volumes.files) {
        words.push_back(name);
        words.push_back(file);
    }
}

} // namespace

FileDescriptor start_embedded_cas(
    StartupWriter& startup, sgx::Hash const& mrenclave, std::optional<EmbeddedVolumes> const& volumes)
{
    auto ends = connected_ends();
    auto memory = sealed_memory("farl-startup-config", startup.bytes());
    auto program = installed_program("farl-cas");
    if (access(program.c_str(), X_OK))
        throw UserError(kFarlFailed, fmt::format("{} is missing: Farl is not completely built or installed", program));
    auto socket = fmt::format("{}", ends.theirs.get()), file = fmt::format("{}", memory.get());
    std::vector<std::string> words { program, "embedded", socket, file, to_hex(mrenclave) };
    if (volumes)
        add_volumes(words, *volumes);
    std::vector<char const*> arguments;
    for (auto const& word : words)
        arguments.push_back(word.c_str());
    arguments.push_back(nullptr);

    // A grandchild: the launcher, which replaces this process, is not to find a child that it does not know.
    auto child = fork();
    if (child == 0) {
        auto grandchild = fork();
        if (grandchild == 0)
            become_cas(arguments.data(), ends.theirs.get(), memory.get());
        _exit(grandchild < 0);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) { }
    if (child < 0 || status)
        throw UserError(kFarlFailed, "cannot start the embedded CAS: no more processes");
    return std::move(ends.ours);
}

} // namespace farl::owner
