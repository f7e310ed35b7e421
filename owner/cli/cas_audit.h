// `farl cas audit`: the audit log of a CAS, exported and verified.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word. Throw UserError. Return the exit status.
int cas_audit_export(std::span<char const* const> arguments);
int cas_audit_key(std::span<char const* const> arguments);
int cas_audit_verify(std::span<char const* const> arguments);

} // namespace farl::owner
