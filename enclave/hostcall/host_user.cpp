#include "enclave/hostcall/host_user.h"

#include "enclave/hostcall/staging.h"
#include "enclave/sched/carrier.h"
#include "enclave/sched/gate.h"

#include <sys/syscall.h>

namespace farl {

namespace {

constinit HostUser the_user;

// HOST: what the kernel says to it does not matter: a thread without the right to change keeps its ids, and files of
// the host are opened as the host likes anyway.
void ask(uint64_t number, uint64_t a, uint64_t b, uint64_t c = 0)
{
    (void)host_gate({ .number = number, .arguments = { a, b, c } });
}

void ask_for(uint64_t number, HostIds ids) { ask(number, ids.real, ids.effective, ids.saved); }

} // namespace

HostUser& host_user() { return the_user; }

void HostUser::set(HostIds users, HostIds groups)
{
    LockGuard guard(lock_);
    users_ = users;
    groups_ = groups;
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

// The superuser among a thread's ids comes first, because this thread may have missed a step in which it was effective.
void HostUser::take_on()
{
    constexpr uint64_t kUnchanged = ~0u;
    Staging staging;
    HostIds users, groups;
    size_t group_count = 0;
    Result<HostAddress> list = Errno::Enomem;
    {
        LockGuard guard(lock_);
        Carrier::current().user_generation = generation_.load();
        users = users_;
        groups = groups_;
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
    ask_for(SYS_setresuid, users);
}

} // namespace farl
