#include "owner/launch/inherited.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sched.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace farl::owner {

namespace {

constexpr int kSignalCount = 64;

constexpr uint64_t bit_of(int signal) { return uint64_t { 1 } << (signal - 1); }

uint64_t ignored_signals()
{
    uint64_t ignored = 0;
    for (int signal = 1; signal <= kSignalCount; ++signal) {
        struct sigaction action { };
        if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN)
            ignored |= bit_of(signal);
    }
    return ignored;
}

uint64_t blocked_signals()
{
    sigset_t set;
    sigemptyset(&set);
    pthread_sigmask(SIG_BLOCK, nullptr, &set);
    uint64_t blocked = 0;
    for (int signal = 1; signal <= kSignalCount; ++signal)
        blocked |= sigismember(&set, signal) == 1 ? bit_of(signal) : 0;
    return blocked;
}

uint32_t cpu_count()
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        return static_cast<uint32_t>(CPU_COUNT(&set));
    auto online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? static_cast<uint32_t>(online) : 1;
}

bool stays_open(int fd)
{
    auto flags = fcntl(fd, F_GETFD);
    return flags >= 0 && !(flags & FD_CLOEXEC);
}

std::vector<int> open_descriptors()
{
    std::vector<int> numbers;
    std::error_code error; // without /proc: none is found
    for (auto const& entry : std::filesystem::directory_iterator("/proc/self/fd", error))
        numbers.push_back(std::stoi(entry.path().filename()));
    return error ? std::vector { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO } : numbers;
}

} // namespace

void describe_process(wire::LaunchSettings& settings)
{
    settings.ignored_signals = ignored_signals();
    settings.blocked_signals = blocked_signals();
    settings.cpu_count = cpu_count();
    settings.umask = umask(0);
    umask(settings.umask);
    settings.uid = getuid();
    settings.effective_uid = geteuid();
    settings.gid = getgid();
    settings.effective_gid = getegid();
}

std::vector<gid_t> supplementary_groups()
{
    auto count = getgroups(0, nullptr);
    std::vector<gid_t> groups(count > 0 ? static_cast<size_t>(count) : 0);
    count = getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(count > 0 ? static_cast<size_t>(count) : 0);
    return groups;
}

std::vector<uint32_t> inherited_descriptors()
{
    std::vector<uint32_t> inherited;
    for (auto number : open_descriptors())
        if (stays_open(number) && static_cast<uint32_t>(number) < wire::kMostDescriptors)
            inherited.push_back(static_cast<uint32_t>(number));
    std::sort(inherited.begin(), inherited.end());
    return inherited;
}

} // namespace farl::owner
