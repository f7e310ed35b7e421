// From the text of a session file to a Session that is whole: every name in it refers to something that is there.
#pragma once

#include "owner/policy/session.h"
#include "owner/policy/yaml.h"

namespace farl::owner {

// Throws PolicyError.
Session parse_session(std::string_view text);

// The parts, by the files that read them.
SecretRule secret_rule_from(YamlNode const& node);
Service service_from(YamlNode const& node);
AttestationRule attestation_rule_from(YamlNode const& node);
UserRule user_from(YamlNode const& node);
NetworkRule listen_rule_from(YamlNode const& node);
NetworkRule connect_rule_from(YamlNode const& node);

} // namespace farl::owner
