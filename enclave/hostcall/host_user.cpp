#include "enclave/hostcall/host_user.h"

#include "enclave/hostcall/staging.h"
#include "enclave/sched/carrier.h"
#include "enclave/sched/gate.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

namespace farl {

namespace {

constinit HostUser the_user;

// HOST: what the kernel says to it does not matter: a thread without the right to change keeps its ids, and files of
// the host are opened as the host likes anyway.
void ask(uint64_t number, uint64_t a, uint64_t b = 0, uint64_t c = 0)
{
    (void)host_gate({ .number = number, .arguments = { a, b, c } });
}

void ask_for(uint64_t number, HostIds ids) { ask(number, ids.real, ids.effective, ids.saved); }

using CapabilityWords = std::array<__user_cap_data_struct, 2>;

// No more than the thread has: the kernel would refuse all of them.
CapabilityWords common_part(CapabilityWords const& held, HostCapabilities wanted)
{
    CapabilityWords common {};
    for (size_t i = 0; i < common.size(); ++i) {
        common[i].permitted = held[i].permitted & static_cast<uint32_t>(wanted.permitted >> (32 * i));
        common[i].effective = common[i].permitted & static_cast<uint32_t>(wanted.effective >> (32 * i));
    }
    return common;
}

Result<> ask_for(HostCapabilities wanted)
{
    Staging staging;
    auto header = TRY(staging.put_object(__user_cap_header_struct { _LINUX_CAPABILITY_VERSION_3, 0 }));
    auto words = TRY(staging.put_object(CapabilityWords {}));
    ask(SYS_capget, header.value(), words.value());
    CapabilityWords held;
    // HOST: a wrong set makes us ask for too little, or be refused.
    host_copy_in(held.data(), words, sizeof(held));
    auto common = TRY(staging.put_object(common_part(held, wanted)));
    ask(SYS_capset, header.value(), common.value());
    return {};
}

} // namespace

HostUser& host_user() { return the_user; }

void HostUser::set(HostIds users, HostIds groups, HostCapabilities capabilities)
{
    LockGuard guard(lock_);
    users_ = users;
    groups_ = groups;
    capabilities_ = capabilities;
    has_ids_ = true;
    generation_.fetch_add(1);
}

Result<> HostUser::set_supplementary_groups(std::span<uint32_t const> groups)
{
    Vector<uint32_t> copy;
    TRY(copy.append(groups));
    LockGuard guard(lock_);
    supplementary_groups_ = std::move(copy);
    has_supplementary_groups_ = true;
    generation_.fetch_add(1);
    return {};
}

// Workers learn from this carrier. Should the user have changed meanwhile, they would learn of one who is past.
void HostUser::take_on()
{
    auto& own = Carrier::current().user_generation;
    do {
        take_on_present();
        if (worker_generation_.load() == own)
            continue;
        // HOST: if it does not do so, files get other owners, which it could give them anyway.
        (void)host_gate(wire::FarlCall::ActForCaller);
        worker_generation_.store(own);
    } while (!is_of(own));
}

// The superuser among a thread's ids comes first, because this thread may have missed a step in which it was effective.
void HostUser::take_on_present()
{
    constexpr uint64_t kUnchanged = ~0u;
    Staging staging;
    HostIds users, groups;
    HostCapabilities capabilities;
    size_t group_count = 0;
    Result<HostAddress> list = Errno::Enomem;
    {
        LockGuard guard(lock_);
        Carrier::current().user_generation = generation_.load();
        users = users_;
        groups = groups_;
        capabilities = capabilities_;
        if (has_supplementary_groups_) {
            group_count = supplementary_groups_.size();
            list = staging.put(supplementary_groups_.data(), group_count * sizeof(uint32_t));
        }
    }
    ask(SYS_setresuid, kUnchanged, 0, kUnchanged);
    if (list.is_ok())
        ask(SYS_setgroups, group_count, list.value().value());
    if (!has_ids_)
        return;
    ask_for(SYS_setresgid, groups);
    ask(SYS_prctl, PR_SET_KEEPCAPS, 1);
    ask_for(SYS_setresuid, users);
    (void)ask_for(capabilities);
    ask(SYS_setfsgid, groups.file);
    ask(SYS_setfsuid, users.file); // last: it takes the capabilities over files away, as it should
}

} // namespace farl
