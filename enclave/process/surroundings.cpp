#include "enclave/process/surroundings.h"

#include "enclave/hostcall/channel.h"

#include <sys/resource.h>
#include <sys/utsname.h>

namespace farl {

namespace {

// HOST: names, limits and the parent's number are claims, good for behaving as outside.
Result<> adopt_limits(Process& process)
{
    for (int resource = 0; resource < kResourceCount; ++resource) {
        Staging staging;
        auto out = TRY(staging.reserve(sizeof(ResourceLimit)));
        TRY(checked_status(host_call(SYS_prlimit64, 0, resource, 0, out.value())));
        auto limit = host_read<ResourceLimit>(out);
        if (limit.soft <= limit.hard)
            process.limits[resource] = limit;
    }
    process.limits[RLIMIT_STACK].soft = kMainStackSize;
    process.limits[RLIMIT_CORE] = { 0, 0 };
    auto& descriptors = process.limits[RLIMIT_NOFILE];
    constexpr uint64_t kMost = DescriptorTable::kHardLimit;
    descriptors.hard = descriptors.hard < kMost ? descriptors.hard : kMost;
    descriptors.soft = descriptors.soft < descriptors.hard ? descriptors.soft : descriptors.hard;
    process.descriptors.set_limit(static_cast<int>(descriptors.soft));
    return {};
}

} // namespace

Result<> adopt_surroundings(Process& process)
{
    TRY(adopt_limits(process));
    // HOST: only a number to tell: the raw call gives 20 - nice.
    process.nice = 20 - static_cast<int>(TRY(checked_count(host_call(SYS_getpriority, PRIO_PROCESS, 0), 40)));
    process.parent_pid = static_cast<int>(TRY(checked_count(host_call(SYS_getppid), 1u << 30)));
    Staging staging;
    auto out = TRY(staging.reserve(sizeof(utsname)));
    TRY(checked_status(host_call(SYS_uname, out.value())));
    auto name = host_read<utsname>(out);
    name.nodename[sizeof(name.nodename) - 1] = 0;
    process.host_name = TRY(String::from(name.nodename));
    return {};
}

} // namespace farl
