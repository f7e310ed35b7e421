#include "enclave/process/proc/proc_tree.h"

#include "enclave/process/proc/files.h"
#include "enclave/process/process.h"

#include <linux/magic.h>

namespace farl {

namespace {

using namespace proc;

constexpr NumberNames kProcesses { is_process, list_processes };
constexpr NumberNames kThreads { is_thread, list_threads };
constexpr NumberNames kDescriptors { is_descriptor, list_descriptors };

constexpr SyntheticNode directory(std::string_view path, NumberNames const* numbers = nullptr)
{
    return { .path = path, .mode = S_IFDIR | 0555, .numbers = numbers };
}

constexpr SyntheticNode link(std::string_view path, Result<String> (*target)(Captures const&))
{
    return { .path = path, .mode = S_IFLNK | 0777, .target = target };
}

constexpr SyntheticNode file(std::string_view path, Result<> (*text)(Captures const&, Text&), uint32_t mode = 0444)
{
    return { .path = path, .mode = S_IFREG | mode, .text = text };
}

template <size_t Size>
struct Literal {
    constexpr Literal(char const (&from)[Size]) { std::copy_n(from, Size, text); }
    char text[Size] {};
};

// A setting that never changes.
template <Literal Value>
Result<> constant(Captures const&, Text& text)
{
    text << Value.text << '\n';
    return {};
}

// A file of the host, as it is: what it says is the host's word.
template <Literal Path>
Result<Ref<File>> of_host(Captures const&, uint32_t flags)
{
    auto location = TRY(vfs().resolve_absolute("/"));
    return location.file_system->open({ Path.text }, { .flags = flags });
}

template <Literal Path>
constexpr SyntheticNode host_file()
{
    return { .path = std::string_view(Path.text).substr(6), .mode = S_IFREG | 0444, .file = of_host<Path> };
}

Result<String> mounts_target(Captures const&) { return String::from("self/mounts"); }
Result<String> network_target(Captures const&) { return String::from("/proc/net"); }

constexpr SyntheticNode kNodes[] = {
    directory("", &kProcesses),
    link("self", self),
    link("thread-self", thread_self),
    link("mounts", mounts_target),
    file("meminfo", memory_information),
    file("uptime", uptime),
    file("version", version),
    file("filesystems", file_systems),
    file("swaps", constant<"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority">),
    file("cmdline", constant<"farl">),
    host_file<"/proc/cpuinfo">(),
    host_file<"/proc/stat">(),
    host_file<"/proc/loadavg">(),
    host_file<"/proc/vmstat">(),
    host_file<"/proc/diskstats">(),
    host_file<"/proc/partitions">(),
    host_file<"/proc/interrupts">(),
    host_file<"/proc/devices">(),

    directory("net"),
    host_file<"/proc/net/dev">(),
    host_file<"/proc/net/route">(),
    host_file<"/proc/net/tcp">(),
    host_file<"/proc/net/tcp6">(),
    host_file<"/proc/net/udp">(),
    host_file<"/proc/net/udp6">(),
    host_file<"/proc/net/unix">(),
    host_file<"/proc/net/if_inet6">(),
    host_file<"/proc/net/arp">(),
    host_file<"/proc/net/snmp">(),
    host_file<"/proc/net/netstat">(),
    host_file<"/proc/net/sockstat">(),
    host_file<"/proc/net/protocols">(),

    directory("sys"),
    directory("sys/kernel"),
    directory("sys/kernel/random"),
    file("sys/kernel/random/uuid", random_uuid),
    file("sys/kernel/random/boot_id", boot_id),
    file("sys/kernel/random/entropy_avail", constant<"256">),
    file("sys/kernel/random/poolsize", constant<"256">),
    file("sys/kernel/osrelease", kernel_release),
    file("sys/kernel/version", kernel_version),
    file("sys/kernel/ostype", constant<"Linux">),
    file("sys/kernel/hostname", host_name),
    file("sys/kernel/domainname", constant<"(none)">),
    file("sys/kernel/pid_max", constant<"4194304">),
    file("sys/kernel/threads-max", constant<"192686">),
    file("sys/kernel/cap_last_cap", constant<"40">),
    file("sys/kernel/ngroups_max", constant<"65536">),
    file("sys/kernel/core_pattern", constant<"core">),
    file("sys/kernel/randomize_va_space", constant<"2">),
    directory("sys/kernel/yama"),
    file("sys/kernel/yama/ptrace_scope", constant<"0">),
    file("sys/kernel/shmmax", constant<"18446744073692774399">),
    file("sys/kernel/shmall", constant<"18446744073692774399">),
    file("sys/kernel/shmmni", constant<"4096">),
    file("sys/kernel/sem", constant<"32000\t1024000000\t500\t32000">),
    file("sys/kernel/msgmax", constant<"8192">),
    directory("sys/vm"),
    file("sys/vm/overcommit_memory", constant<"0">),
    file("sys/vm/max_map_count", constant<"65530">),
    file("sys/vm/mmap_min_addr", constant<"65536">),
    file("sys/vm/swappiness", constant<"0">),
    directory("sys/net"),
    directory("sys/net/core"),
    file("sys/net/core/somaxconn", constant<"4096">),
    directory("sys/net/ipv4"),
    host_file<"/proc/sys/net/ipv4/ip_local_port_range">(),
    host_file<"/proc/sys/net/ipv4/tcp_fin_timeout">(),
    host_file<"/proc/sys/net/ipv4/tcp_max_syn_backlog">(),
    directory("sys/fs"),
    file("sys/fs/file-max", constant<"9223372036854775807">),
    file("sys/fs/nr_open", constant<"1048576">),
    file("sys/fs/pipe-max-size", constant<"1048576">),
    directory("sys/fs/inotify"),
    file("sys/fs/inotify/max_user_watches", constant<"65536">),
    file("sys/fs/inotify/max_user_instances", constant<"128">),

#define FARL_THREAD_NODES(prefix)                                                                                  \
    link(prefix "/exe", executable), link(prefix "/cwd", working_directory), link(prefix "/root", root_directory), \
        file(prefix "/cmdline", command_line), file(prefix "/environ", environment, 0400),                         \
        file(prefix "/auxv", auxiliary_vector, 0400),                                                              \
        SyntheticNode {                                                                                            \
            .path = prefix "/comm", .mode = S_IFREG | 0644, .text = command_name, .write = set_command_name        \
        },                                                                                                         \
        file(prefix "/status", status), file(prefix "/stat", stat), file(prefix "/statm", memory_sizes),           \
        file(prefix "/maps", maps), file(prefix "/smaps", detailed_maps), file(prefix "/limits", limits),          \
        file(prefix "/io", transfer_counts, 0400), file(prefix "/cgroup", control_groups),                         \
        file(prefix "/mounts", mounts), file(prefix "/mountinfo", mount_information),                              \
        file(prefix "/oom_score", oom_score),                                                                      \
        SyntheticNode { .path = prefix "/oom_score_adj",                                                           \
            .mode = S_IFREG | 0644,                                                                                \
            .text = oom_score_adjustment,                                                                          \
            .write = set_oom_score_adjustment },                                                                   \
        SyntheticNode { .path = prefix "/mem", .mode = S_IFREG | 0600, .file = memory },                           \
        link(prefix "/net", network_target)

    directory("#"),
    FARL_THREAD_NODES("#"),
    directory("#/task", &kThreads),
    directory("#/task/#"),
    FARL_THREAD_NODES("#/task/#"),
#undef FARL_THREAD_NODES
    directory("#/fd", &kDescriptors),
    SyntheticNode { .path = "#/fd/#", .mode = S_IFLNK | 0700, .target = descriptor_target, .file = open_descriptor },
    directory("#/fdinfo", &kDescriptors),
    file("#/fdinfo/#", descriptor_info),
};

void own(struct stat& status)
{
    LockGuard guard(process().identity_lock);
    status.st_uid = process().identity.effective_uid;
    status.st_gid = process().identity.effective_gid;
}

} // namespace

constinit SyntheticTree const kProcTree { "/proc", kNodes, PROC_SUPER_MAGIC, 5, own };

} // namespace farl
