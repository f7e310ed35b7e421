#include "enclave/syscall/identity.h"

#include "enclave/hostcall/channel.h"
#include "enclave/hostcall/host_user.h"
#include "enclave/process/process.h"

#include <linux/capability.h>

namespace farl {

namespace {

constexpr uint32_t kUnchanged = ~0u;
constexpr int kMaySetGroups = 6, kMaySetUsers = 7, kMayPassOn = 8; // CAP_SETGID, CAP_SETUID, CAP_SETPCAP

// The three ids of one kind, users or groups.
struct Ids {
    uint32_t& real;
    uint32_t& effective;
    uint32_t& saved;

    bool has(uint32_t id) const { return id == kUnchanged || id == real || id == effective || id == saved; }
};

// setresuid(2): the superuser may take any ids, others only those they have.
Result<> set_all(Ids ids, bool is_privileged, uint32_t real, uint32_t effective, uint32_t saved)
{
    if (!is_privileged && (!ids.has(real) || !ids.has(effective) || !ids.has(saved)))
        return Errno::Eperm;
    if (real != kUnchanged)
        ids.real = real;
    if (effective != kUnchanged)
        ids.effective = effective;
    if (saved != kUnchanged)
        ids.saved = saved;
    return {};
}

// setuid(2)
Result<> set_one(Ids ids, bool is_privileged, uint32_t id)
{
    if (id == kUnchanged)
        return Errno::Einval;
    if (is_privileged)
        return set_all(ids, true, id, id, id);
    if (id != ids.real && id != ids.saved)
        return Errno::Eperm;
    ids.effective = id;
    return {};
}

// setreuid(2): the saved id follows the effective one if the real one is set or the effective one becomes another.
Result<> set_pair(Ids ids, bool is_privileged, uint32_t real, uint32_t effective)
{
    if (!is_privileged) {
        bool real_ok = real == kUnchanged || real == ids.real || real == ids.effective;
        if (!real_ok || !ids.has(effective))
            return Errno::Eperm;
    }
    auto old_real = ids.real;
    if (real != kUnchanged)
        ids.real = real;
    if (effective != kUnchanged)
        ids.effective = effective;
    if (real != kUnchanged || (effective != kUnchanged && effective != old_real))
        ids.saved = ids.effective;
    return {};
}

bool has_root(Identity const& identity) { return !identity.uid || !identity.effective_uid || !identity.saved_uid; }

// capabilities(7), "Effect of user ID changes on capabilities"
void adjust_capabilities(Identity const& before, Identity& now, bool keeps)
{
    auto& held = now.capabilities;
    if (has_root(before) && !has_root(now)) {
        held.permitted = keeps ? held.permitted : 0;
        held.effective = 0;
    }
    if (!before.effective_uid && now.effective_uid)
        held.effective = 0;
    if (before.effective_uid && !now.effective_uid)
        held.effective = held.permitted;
}

template <typename Body>
Result<> with_identity(Thread& caller, Body&& body)
{
    auto& process = caller.process();
    LockGuard guard(process.identity_lock);
    auto& identity = process.identity;
    auto before = identity;
    Ids users { identity.uid, identity.effective_uid, identity.saved_uid };
    Ids groups { identity.gid, identity.effective_gid, identity.saved_gid };
    TRY(body(users, groups, identity.capabilities));
    identity.file_uid = identity.effective_uid;
    identity.file_gid = identity.effective_gid;
    if (identity == before)
        return {};
    adjust_capabilities(before, identity, process.keep_capabilities.load());
    if (identity.effective_uid != before.effective_uid || identity.effective_gid != before.effective_gid) {
        process.is_dumpable.store(0);
        process.parent_death_signal.store(0);
    }
    publish_identity(identity);
    return {};
}

// setfsuid(2): never fails; who may not change it finds the old value
uint32_t set_file_id(Ids const& ids, uint32_t& file_id, bool is_privileged, uint32_t wanted)
{
    auto before = file_id;
    if (wanted != kUnchanged && (is_privileged || ids.has(wanted) || wanted == before))
        file_id = wanted;
    return before;
}

Result<> write_three(
    UserOut<uint32_t> real, UserOut<uint32_t> effective, UserOut<uint32_t> saved, uint32_t (&values)[3])
{
    TRY(real.write(values[0]));
    TRY(effective.write(values[1]));
    return saved.write(values[2]);
}

Result<> check_own_pid(Thread& caller, int pid)
{
    if (pid < 0)
        return Errno::Einval;
    if (pid != 0 && pid != caller.process().pid())
        return Errno::Esrch;
    return {};
}

// EINVAL, with the version we know written back, for a version we do not.
Result<int> read_capability_header(Thread& caller, uint64_t address)
{
    auto header = TRY(UserIn<__user_cap_header_struct> { address }.read());
    bool is_known = header.version == _LINUX_CAPABILITY_VERSION_1 || header.version == _LINUX_CAPABILITY_VERSION_2
        || header.version == _LINUX_CAPABILITY_VERSION_3;
    if (!is_known) {
        header.version = _LINUX_CAPABILITY_VERSION_3;
        TRY(UserOut<__user_cap_header_struct> { address }.write(header));
        return Errno::Einval;
    }
    if (header.pid < 0)
        return Errno::Einval;
    if (header.pid != 0 && header.pid != caller.process().pid() && caller.process().find_thread(header.pid).is_error())
        return Errno::Esrch;
    return header.version == _LINUX_CAPABILITY_VERSION_1 ? 1 : 2;
}

Capabilities capabilities_of(Process& process)
{
    LockGuard guard(process.identity_lock);
    return process.identity.capabilities;
}

} // namespace

// getuid(2)
Result<uint32_t> sys_getuid(Thread& caller) { return caller.process().identity.uid; }

// geteuid(2)
Result<uint32_t> sys_geteuid(Thread& caller) { return caller.process().identity.effective_uid; }

// getgid(2)
Result<uint32_t> sys_getgid(Thread& caller) { return caller.process().identity.gid; }

// getegid(2)
Result<uint32_t> sys_getegid(Thread& caller) { return caller.process().identity.effective_gid; }

// setuid(2)
Result<> sys_setuid(Thread& caller, uint32_t uid)
{
    return with_identity(
        caller, [&](Ids users, Ids, Capabilities const& held) { return set_one(users, held.has(kMaySetUsers), uid); });
}

// setgid(2)
Result<> sys_setgid(Thread& caller, uint32_t gid)
{
    return with_identity(caller,
        [&](Ids, Ids groups, Capabilities const& held) { return set_one(groups, held.has(kMaySetGroups), gid); });
}

// setreuid(2)
Result<> sys_setreuid(Thread& caller, uint32_t real, uint32_t effective)
{
    return with_identity(caller, [&](Ids users, Ids, Capabilities const& held) {
        return set_pair(users, held.has(kMaySetUsers), real, effective);
    });
}

// setregid(2)
Result<> sys_setregid(Thread& caller, uint32_t real, uint32_t effective)
{
    return with_identity(caller, [&](Ids, Ids groups, Capabilities const& held) {
        return set_pair(groups, held.has(kMaySetGroups), real, effective);
    });
}

// setresuid(2)
Result<> sys_setresuid(Thread& caller, uint32_t real, uint32_t effective, uint32_t saved)
{
    return with_identity(caller, [&](Ids users, Ids, Capabilities const& held) {
        return set_all(users, held.has(kMaySetUsers), real, effective, saved);
    });
}

// setresgid(2)
Result<> sys_setresgid(Thread& caller, uint32_t real, uint32_t effective, uint32_t saved)
{
    return with_identity(caller, [&](Ids, Ids groups, Capabilities const& held) {
        return set_all(groups, held.has(kMaySetGroups), real, effective, saved);
    });
}

// getresuid(2)
Result<> sys_getresuid(Thread& caller, UserOut<uint32_t> real, UserOut<uint32_t> effective, UserOut<uint32_t> saved)
{
    auto const& identity = caller.process().identity;
    uint32_t values[] { identity.uid, identity.effective_uid, identity.saved_uid };
    return write_three(real, effective, saved, values);
}

// getresgid(2)
Result<> sys_getresgid(Thread& caller, UserOut<uint32_t> real, UserOut<uint32_t> effective, UserOut<uint32_t> saved)
{
    auto const& identity = caller.process().identity;
    uint32_t values[] { identity.gid, identity.effective_gid, identity.saved_gid };
    return write_three(real, effective, saved, values);
}

// setfsuid(2): of all threads, not only the caller's
Result<uint32_t> sys_setfsuid(Thread& caller, uint32_t uid)
{
    LockGuard guard(caller.process().identity_lock);
    auto& identity = caller.process().identity;
    Ids users { identity.uid, identity.effective_uid, identity.saved_uid };
    auto before = set_file_id(users, identity.file_uid, identity.capabilities.has(kMaySetUsers), uid);
    if (identity.file_uid != before)
        publish_identity(identity);
    return before;
}

// setfsgid(2)
Result<uint32_t> sys_setfsgid(Thread& caller, uint32_t gid)
{
    LockGuard guard(caller.process().identity_lock);
    auto& identity = caller.process().identity;
    Ids groups { identity.gid, identity.effective_gid, identity.saved_gid };
    auto before = set_file_id(groups, identity.file_gid, identity.capabilities.has(kMaySetGroups), gid);
    if (identity.file_gid != before)
        publish_identity(identity);
    return before;
}

// getgroups(2)
Result<int> sys_getgroups(Thread& caller, int count, UserOut<uint32_t> groups)
{
    auto& process = caller.process();
    LockGuard guard(process.identity_lock);
    auto const& own = process.supplementary_groups;
    auto size = static_cast<int>(own.size());
    if (count < 0 || (count && count < size))
        return Errno::Einval;
    for (size_t i = 0; count && i < own.size(); ++i)
        TRY(groups.write(own[i], i));
    return size;
}

// setgroups(2)
Result<> sys_setgroups(Thread& caller, int count, UserIn<uint32_t> groups)
{
    constexpr int kMost = 65536;
    auto& process = caller.process();
    if (!process.identity.capabilities.has(kMaySetGroups))
        return Errno::Eperm;
    if (count < 0 || count > kMost)
        return Errno::Einval;
    Vector<uint32_t> given;
    TRY(given.resize(static_cast<size_t>(count)));
    TRY(copy_from_user(given.data(), groups.address, given.size() * sizeof(uint32_t)));
    TRY(host_user().set_supplementary_groups(given.span()));
    LockGuard guard(process.identity_lock);
    process.supplementary_groups = std::move(given);
    return {};
}

// capget(2)
Result<> sys_capget(Thread& caller, uint64_t header, uint64_t data)
{
    auto words = read_capability_header(caller, header);
    if (words.is_error())
        return !data && words.error() == Errno::Einval ? Result<> {} : words.error();
    if (!data)
        return {};
    auto held = capabilities_of(caller.process());
    for (int i = 0; i < words.value(); ++i) {
        auto half = [&](uint64_t set) { return static_cast<uint32_t>(set >> (32 * i)); };
        __user_cap_data_struct value { half(held.effective), half(held.permitted), half(held.inheritable) };
        TRY(UserOut<__user_cap_data_struct> { data }.write(value, static_cast<size_t>(i)));
    }
    return {};
}

// capset(2)
Result<> sys_capset(Thread& caller, uint64_t header, uint64_t data)
{
    auto words = TRY(read_capability_header(caller, header));
    auto pid = TRY(UserIn<__user_cap_header_struct> { header }.read()).pid;
    if (pid != 0 && pid != caller.tid())
        return Errno::Eperm;
    Capabilities wanted;
    for (int i = 0; i < words; ++i) {
        auto value = TRY(UserIn<__user_cap_data_struct> { data }.read(static_cast<size_t>(i)));
        wanted.effective |= static_cast<uint64_t>(value.effective) << (32 * i);
        wanted.permitted |= static_cast<uint64_t>(value.permitted) << (32 * i);
        wanted.inheritable |= static_cast<uint64_t>(value.inheritable) << (32 * i);
    }
    wanted.effective &= kAllCapabilities, wanted.permitted &= kAllCapabilities, wanted.inheritable &= kAllCapabilities;
    LockGuard guard(caller.process().identity_lock);
    auto& held = caller.process().identity.capabilities;
    auto may_inherit = held.has(kMayPassOn) ? kAllCapabilities : held.inheritable | held.permitted;
    if ((wanted.permitted & ~held.permitted) || (wanted.effective & ~wanted.permitted)
        || (wanted.inheritable & ~may_inherit))
        return Errno::Eperm;
    held = wanted;
    publish_identity(caller.process().identity);
    return {};
}

// getppid(2): answered once, so that it costs no exit; the parent of a container's first process never changes to us
Result<int> sys_getppid(Thread& caller) { return caller.process().parent_pid; }

// getpgrp(2)
Result<int> sys_getpgrp(Thread&) { return host_number(SYS_getpgid, 0); }

// getpgid(2)
Result<int> sys_getpgid(Thread& caller, int pid)
{
    if (pid < 0 || check_own_pid(caller, pid).is_error())
        return Errno::Esrch;
    return host_number(SYS_getpgid, 0);
}

// getsid(2)
Result<int> sys_getsid(Thread& caller, int pid)
{
    if (pid < 0 || check_own_pid(caller, pid).is_error())
        return Errno::Esrch;
    return host_number(SYS_getsid, 0);
}

// setpgid(2)
Result<> sys_setpgid(Thread& caller, int pid, int group)
{
    if (group < 0)
        return Errno::Einval;
    TRY(check_own_pid(caller, pid));
    return checked_status(host_call(SYS_setpgid, 0, group));
}

// setsid(2)
Result<int> sys_setsid(Thread&) { return host_number(SYS_setsid, 0); }

} // namespace farl
