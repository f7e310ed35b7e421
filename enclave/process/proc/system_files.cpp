#include "enclave/process/kernel_identity.h"
#include "enclave/process/proc/files.h"
#include "enclave/process/process.h"
#include "enclave/time/runtime_clock.h"

namespace farl::proc {

namespace {

void kilobytes(Text& text, std::string_view name, uint64_t bytes)
{
    text.left(name, 16).right(bytes / 1024, 8) << " kB\n";
}

} // namespace

// The memory is the enclave's.
Result<> memory_information(Node, Text& text)
{
    uint64_t total, used;
    {
        LockGuard guard(process().memory_lock);
        total = process().memory->limits().committed_bytes;
        used = process().memory->usage().committed_bytes;
    }
    auto free = total > used ? total - used : 0;
    kilobytes(text, "MemTotal:", total);
    kilobytes(text, "MemFree:", free);
    kilobytes(text, "MemAvailable:", free);
    for (auto name : { "Buffers:", "Cached:", "SwapCached:" })
        kilobytes(text, name, 0);
    kilobytes(text, "Active:", used);
    for (auto name : { "Inactive:", "SwapTotal:", "SwapFree:", "Dirty:", "Writeback:" })
        kilobytes(text, name, 0);
    kilobytes(text, "AnonPages:", used);
    for (auto name : { "Mapped:", "Shmem:", "Slab:", "SReclaimable:", "SUnreclaim:", "KernelStack:", "PageTables:" })
        kilobytes(text, name, 0);
    kilobytes(text, "CommitLimit:", total);
    kilobytes(text, "Committed_AS:", used);
    text << "HugePages_Total:       0\nHugePages_Free:        0\nHugepagesize:       2048 kB\n";
    return {};
}

Result<> uptime(Node, Text& text)
{
    auto hundredths = boottime_ns() / 10'000'000;
    (text << hundredths / 100 << '.').padded(hundredths % 100, 2) << " 0.00\n";
    return {};
}

Result<> version(Node, Text& text)
{
    text << "Linux version " << kKernelRelease << " (farl) " << kKernelVersion << '\n';
    return {};
}

Result<> file_systems(Node, Text& text)
{
    text << "nodev\tproc\nnodev\tdevtmpfs\nnodev\ttmpfs\nnodev\tsysfs\n";
    return {};
}

Result<> mounts(Node, Text& text)
{
    text << "host / hostfs rw,relatime 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\n"
            "dev /dev devtmpfs rw,nosuid,relatime 0 0\ntmpfs /dev/shm tmpfs rw,nosuid,nodev 0 0\n";
    return {};
}

Result<> mount_information(Node, Text& text)
{
    text << "1 1 0:1 / / rw,relatime - hostfs host rw\n"
            "2 1 0:5 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"
            "3 1 0:6 / /dev rw,nosuid,relatime - devtmpfs dev rw\n"
            "4 3 0:7 / /dev/shm rw,nosuid,nodev - tmpfs tmpfs rw\n";
    return {};
}

} // namespace farl::proc
