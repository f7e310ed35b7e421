#include "enclave/syscall/system.h"

#include "enclave/crypto/random.h"
#include "enclave/process/kernel_identity.h"
#include "enclave/process/time_values.h"

#include <cstring>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <sys/personality.h>
#include <sys/resource.h>

namespace farl {

namespace {

constexpr uint32_t kQueryPersonality = 0xffff'ffff;

void set_field(char (&field)[65], std::string_view text) { memcpy(field, text.data(), text.size()); }

Result<> check_resource(int resource)
{
    if (resource < 0 || resource >= kResourceCount)
        return Errno::Einval;
    return {};
}

Result<> set_limit(Process& process, int resource, ResourceLimit limit)
{
    constexpr uint64_t kMostDescriptors = DescriptorTable::kHardLimit;
    auto& current = process.limits[resource];
    if (limit.soft > limit.hard)
        return Errno::Einval;
    bool is_privileged = process.identity.capabilities.has(CAP_SYS_RESOURCE);
    if (limit.hard > current.hard && !is_privileged)
        return Errno::Eperm;
    if (resource == RLIMIT_NOFILE) {
        if (limit.hard > kMostDescriptors)
            return Errno::Eperm;
        process.descriptors.set_limit(static_cast<int>(limit.soft));
    }
    current = limit;
    return {};
}

} // namespace

// uname(2)
Result<> sys_uname(Thread& caller, UserOut<utsname> name)
{
    utsname value {};
    set_field(value.sysname, "Linux");
    set_field(value.nodename, caller.process().host_name.view());
    set_field(value.release, kKernelRelease);
    set_field(value.version, kKernelVersion);
    bool is_32_bit = (caller.process().personality & PER_MASK) == PER_LINUX32;
    set_field(value.machine, is_32_bit ? "i686" : "x86_64");
    set_field(value.domainname, "(none)");
    return name.write(value);
}

// sysinfo(2): memory is the enclave's
Result<> sys_sysinfo(Thread& caller, UserOut<struct sysinfo> info)
{
    auto& process = caller.process();
    struct sysinfo value { };
    uint64_t total, used;
    {
        LockGuard guard(process.memory_lock);
        total = process.memory->limits().committed_bytes;
        used = process.memory->usage().committed_bytes;
    }
    value.uptime = static_cast<long>(boottime_ns() / kNsPerSecond);
    value.totalram = total;
    value.freeram = total > used ? total - used : 0;
    value.procs = static_cast<unsigned short>(process.thread_count());
    value.mem_unit = 1;
    return info.write(value);
}

// getrlimit(2)
Result<> sys_getrlimit(Thread& caller, int resource, UserOut<ResourceLimit> limit)
{
    TRY(check_resource(resource));
    return limit.write(caller.process().limits[resource]);
}

// setrlimit(2)
Result<> sys_setrlimit(Thread& caller, int resource, UserIn<ResourceLimit> limit)
{
    TRY(check_resource(resource));
    return set_limit(caller.process(), resource, TRY(limit.read()));
}

// prlimit(2)
Result<> sys_prlimit64(Thread& caller, int pid, int resource, UserIn<ResourceLimit> limit, UserOut<ResourceLimit> old)
{
    TRY(check_resource(resource));
    auto& process = caller.process();
    if (pid != 0 && pid != process.pid())
        return Errno::Esrch;
    auto before = process.limits[resource];
    if (limit)
        TRY(set_limit(process, resource, TRY(limit.read())));
    return old ? old.write(before) : Result<> {};
}

// prctl(2)
Result<int64_t> sys_prctl(Thread& caller, int option, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    auto& process = caller.process();
    switch (option) {
    case PR_SET_NAME: {
        char name[16] {};
        auto text = read_user_string(a, sizeof(name));
        if (text.is_error() && text.error() != Errno::Enametoolong)
            return text.error();
        TRY(copy_from_user(name, a, text.is_ok() ? text.value().size() : sizeof(name) - 1));
        memcpy(caller.name, name, sizeof(name));
        return int64_t { 0 };
    }
    case PR_GET_NAME:
        TRY(copy_to_user(a, caller.name, sizeof(caller.name)));
        return int64_t { 0 };
    case PR_SET_DUMPABLE:
        if (a > 1)
            return Errno::Einval;
        process.is_dumpable.store(static_cast<int>(a));
        return int64_t { 0 };
    case PR_GET_DUMPABLE:
        return int64_t { process.is_dumpable.load() };
    case PR_SET_NO_NEW_PRIVS:
        if (a != 1 || b || c || d)
            return Errno::Einval;
        process.no_new_privileges.store(1);
        return int64_t { 0 };
    case PR_GET_NO_NEW_PRIVS:
        if (a || b || c || d)
            return Errno::Einval;
        return int64_t { process.no_new_privileges.load() };
    case PR_SET_PDEATHSIG:
        if (a > kSignalCount)
            return Errno::Einval;
        process.parent_death_signal.store(static_cast<int>(a));
        return int64_t { 0 };
    case PR_GET_PDEATHSIG: {
        int signal = process.parent_death_signal.load();
        TRY(copy_to_user(a, &signal, sizeof(signal)));
        return int64_t { 0 };
    }
    case PR_SET_KEEPCAPS:
        if (a > 1) // what follows it is passed over
            return Errno::Einval;
        process.keep_capabilities.store(static_cast<int>(a));
        return int64_t { 0 };
    case PR_GET_KEEPCAPS:
        return int64_t { process.keep_capabilities.load() };
    case PR_SET_CHILD_SUBREAPER:
        process.is_subreaper.store(a != 0);
        return int64_t { 0 };
    case PR_GET_CHILD_SUBREAPER: {
        int value = process.is_subreaper.load();
        TRY(copy_to_user(a, &value, sizeof(value)));
        return int64_t { 0 };
    }
    case PR_SET_TIMERSLACK:
        caller.timer_slack_ns = a ? a : kDefaultTimerSlackNs;
        return int64_t { 0 };
    case PR_GET_TIMERSLACK:
        return static_cast<int64_t>(caller.timer_slack_ns);
    case PR_SET_THP_DISABLE:
    case PR_SET_VMA:
    case PR_SET_PTRACER:
        return int64_t { 0 };
    case PR_GET_THP_DISABLE:
        return a || b || c || d ? Result<int64_t>(Errno::Einval) : Result<int64_t>(int64_t { 0 });
    case PR_GET_SECCOMP:
        return int64_t { 0 };
    case PR_CAPBSET_READ:
        if (a > 40)
            return Errno::Einval;
        return int64_t { 1 };
    case PR_CAPBSET_DROP:
        return process.identity.capabilities.has(CAP_SETPCAP) ? Result<int64_t>(int64_t { 0 }) : Errno::Eperm;
    case PR_GET_SECUREBITS:
        return int64_t { 0 };
    default:
        return Errno::Einval;
    }
}

// getrandom(2): the generator inside is always seeded, so the flags change nothing
Result<size_t> sys_getrandom(Thread&, UserBytes buffer, size_t size, unsigned flags)
{
    constexpr unsigned kNonblock = 1, kRandom = 2, kInsecure = 4;
    if ((flags & ~(kNonblock | kRandom | kInsecure)) || (flags & (kRandom | kInsecure)) == (kRandom | kInsecure))
        return Errno::Einval;
    constexpr size_t kMost = 0x1ff'ffff;
    size = size < kMost ? size : kMost;
    uint8_t chunk[1024];
    for (size_t done = 0; done < size;) {
        auto to_page_end = kPageSize - (buffer.address + done) % kPageSize;
        auto part = to_page_end < sizeof(chunk) ? to_page_end : sizeof(chunk);
        part = size - done < part ? size - done : part;
        fill_random(chunk, part);
        auto copied = copy_to_user(buffer.address + done, chunk, part);
        if (copied.is_error())
            return done ? Result<size_t>(done) : copied.error();
        done += part;
    }
    memset(chunk, 0, sizeof(chunk));
    return size;
}

// getcpu(2): carriers stand for processors
Result<> sys_getcpu(Thread& caller, UserOut<unsigned> cpu, UserOut<unsigned> node)
{
    if (cpu)
        TRY(cpu.write(static_cast<unsigned>(Carrier::current().index % caller.process().processor_count)));
    return node ? node.write(0) : Result<> {};
}

// personality(2): remembered; of all it may say only the name of the machine has an effect
Result<uint32_t> sys_personality(Thread& caller, uint32_t persona)
{
    auto& kept = caller.process().personality;
    return persona == kQueryPersonality ? kept.load() : kept.exchange(persona);
}

// membarrier(2): none of its commands; programs fall back on locks
Result<int> sys_membarrier(Thread&, int command, unsigned flags)
{
    if (command == 0 && flags == 0)
        return 0;
    return Errno::Einval;
}

} // namespace farl
