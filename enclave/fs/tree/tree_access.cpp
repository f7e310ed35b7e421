#include "enclave/fs/tree/tree_access.h"

#include <fcntl.h>

namespace farl {

namespace {

constexpr uint32_t kAnyExecute = 0111;

bool is_only_now(FileTimes const& times)
{
    return times.accessed.nanoseconds == UTIME_NOW && times.modified.nanoseconds == UTIME_NOW;
}

bool changes_nothing(FileTimes const& times)
{
    return times.accessed.nanoseconds == UTIME_OMIT && times.modified.nanoseconds == UTIME_OMIT;
}

// capabilities(7): what goes beyond the bits.
bool is_overridden(TreeNode const& node, Credentials const& who, uint32_t wanted)
{
    bool executes = wanted & kMayExecute && !node.is_directory();
    if (who.has(CAP_DAC_OVERRIDE))
        return !executes || node.permissions & kAnyExecute;
    bool only_reads = node.is_directory() ? !(wanted & kMayWrite) : wanted == kMayRead;
    return only_reads && who.has(CAP_DAC_READ_SEARCH);
}

} // namespace

uint32_t permission_for(uint32_t flags)
{
    constexpr uint32_t kOfAccessMode[] { kMayRead, kMayWrite, kMayRead | kMayWrite, kMayRead | kMayWrite };
    return kOfAccessMode[flags & O_ACCMODE] | (flags & O_TRUNC ? kMayWrite : 0);
}

bool owns(TreeNode const& node, Credentials const& who) { return who.uid == node.uid || who.has(CAP_FOWNER); }

Result<> check_permission(TreeNode const& node, Credentials const& who, uint32_t wanted)
{
    auto const shift = who.uid == node.uid ? 6 : who.is_member(node.gid) ? 3 : 0;
    if ((node.permissions >> shift & wanted) == wanted || is_overridden(node, who, wanted))
        return {};
    return Errno::Eacces;
}

Result<> check_sticky(TreeNode const& directory, TreeNode const& entry, Credentials const& who)
{
    bool is_free = !(directory.permissions & S_ISVTX) || who.uid == entry.uid || who.uid == directory.uid;
    return is_free || who.has(CAP_FOWNER) ? Result<> {} : Errno::Eperm;
}

Result<> change_mode(TreeNode& node, Credentials const& who, uint32_t mode)
{
    if (node.is_link())
        return Errno::Eopnotsupp;
    if (!owns(node, who))
        return Errno::Eperm;
    bool may_set_group = who.is_member(node.gid) || who.has(CAP_FSETID);
    node.permissions = may_set_group ? mode : mode & ~static_cast<uint32_t>(S_ISGID);
    node.note_change(false);
    return {};
}

Result<> change_owner(TreeNode& node, Credentials const& who, uint32_t uid, uint32_t gid)
{
    bool changes_user = uid != ~0u, changes_group = gid != ~0u;
    bool is_own = who.uid == node.uid;
    bool may_change_user = !changes_user || (is_own && uid == node.uid);
    bool may_change_group = !changes_group || (is_own && (gid == node.gid || who.is_member(gid)));
    if (!(may_change_user && may_change_group) && !who.has(CAP_CHOWN))
        return Errno::Eperm;
    if (changes_user)
        node.uid = uid;
    if (changes_group)
        node.gid = gid;
    if (!node.is_directory()) {
        bool runs_as_group = node.permissions & S_IXGRP;
        node.permissions &= ~static_cast<uint32_t>(S_ISUID | (runs_as_group ? S_ISGID : 0));
    }
    node.note_change(false);
    return {};
}

Result<> change_times(TreeNode& node, Credentials const& who, FileTimes const& times)
{
    if (changes_nothing(times))
        return {};
    if (!owns(node, who)) {
        if (!is_only_now(times))
            return Errno::Eperm;
        TRY(check_permission(node, who, kMayWrite));
    }
    node.set_times(times);
    return {};
}

void drop_privileges(TreeNode& node)
{
    if (!(node.permissions & (S_ISUID | S_ISGID)) || caller_credentials().has(CAP_FSETID))
        return;
    bool runs_as_group = node.permissions & S_IXGRP;
    node.permissions &= ~static_cast<uint32_t>(S_ISUID | (runs_as_group ? S_ISGID : 0));
}

} // namespace farl
