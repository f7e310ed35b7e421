// Who may do what with a node: path_resolution(7), chmod(2), chown(2), utimensat(2), xattr(7). With the node's lock
// held. Each check comes before any change.
#pragma once

#include "enclave/fs/tree/tree_node.h"
#include "enclave/vfs/credentials.h"

namespace farl {

inline constexpr uint32_t kMayExecute = 1, kMayWrite = 2, kMayRead = 4; // as access(2) has them

// What open(2) with these flags needs.
uint32_t permission_for(uint32_t open_flags);
// EACCES
Result<> check_permission(TreeNode const& node, Credentials const& who, uint32_t wanted);
// EPERM: in a sticky directory only owners rename and remove.
Result<> check_sticky(TreeNode const& directory, TreeNode const& entry, Credentials const& who);
bool owns(TreeNode const& node, Credentials const& who);

Result<> change_mode(TreeNode& node, Credentials const& who, uint32_t mode);
Result<> change_owner(TreeNode& node, Credentials const& who, uint32_t uid, uint32_t gid);
Result<> change_times(TreeNode& node, Credentials const& who, FileTimes const& times);
// A write by someone else than root takes set-user-ID and set-group-ID away.
void drop_privileges(TreeNode& node);

Result<size_t> get_attribute(TreeNode const& node, Credentials const& who, std::string_view name, Sink const& sink);
Result<> set_attribute(TreeNode& node, Credentials const& who, std::string_view name, Source const& source, int flags);
Result<size_t> list_attributes(TreeNode const& node, Credentials const& who, Sink const& sink);
Result<> remove_attribute(TreeNode& node, Credentials const& who, std::string_view name);

} // namespace farl
