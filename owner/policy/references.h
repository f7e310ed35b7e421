// That the names in a session lead somewhere: secrets that values, certificates and network rules use.
#pragma once

#include "owner/policy/session.h"
#include "owner/policy/yaml.h"

namespace farl::owner {

// `root` is what the session was read from, for positions. Throws PolicyError.
void check_references(YamlNode const& root, Session const& session);

} // namespace farl::owner
