// Who may do what with a node: path_resolution(7), chmod(2), chown(2), utimensat(2), xattr(7). With the node's lock
// held. Each check comes before any change.
#pragma once

#include "enclave/fs/ephemeral/ephemeral_node.h"
#include "enclave/vfs/credentials.h"

namespace farl {

inline constexpr uint32_t kMayExecute = 1, kMayWrite = 2, kMayRead = 4; // as access(2) has them

// What open(2) with these flags needs.
uint32_t permission_for(uint32_t open_flags);
// EACCES
Result<> check_permission(EphemeralNode const& node, Credentials const& who, uint32_t wanted);
// EPERM: in a sticky directory only owners rename and remove.
Result<> check_sticky(EphemeralNode const& directory, EphemeralNode const& entry, Credentials const& who);
bool owns(EphemeralNode const& node, Credentials const& who);

Result<> change_mode(EphemeralNode& node, Credentials const& who, uint32_t mode);
Result<> change_owner(EphemeralNode& node, Credentials const& who, uint32_t uid, uint32_t gid);
Result<> change_times(EphemeralNode& node, Credentials const& who, FileTimes const& times);
// A write by someone else than root takes set-user-ID and set-group-ID away.
void drop_privileges(EphemeralNode& node);

Result<size_t> get_attribute(
    EphemeralNode const& node, Credentials const& who, std::string_view name, Sink const& sink);
Result<> set_attribute(
    EphemeralNode& node, Credentials const& who, std::string_view name, Source const& source, int flags);
Result<size_t> list_attributes(EphemeralNode const& node, Credentials const& who, Sink const& sink);
Result<> remove_attribute(EphemeralNode& node, Credentials const& who, std::string_view name);

} // namespace farl
