// YamlNode: a YAML text as a tree in which each node knows where it stands. Only what session files need: one document
// of mappings, sequences and scalars; no anchors, tags, merged keys or repeated keys, bounded size and depth.
#pragma once

#include "owner/keys/secret.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace farl::owner {

struct Position {
    size_t line { 1 };
    size_t column { 1 };
};

// What is wrong with a session file, and where. The message never quotes a value: any may be a secret.
class PolicyError : public std::runtime_error {
public:
    PolicyError(Position position, std::string const& message) : std::runtime_error(message), position_(position) { }
    Position position() const { return position_; }

private:
    Position position_;
};

struct YamlNode {
    enum class Kind { Scalar, Sequence, Mapping };

    Kind kind { Kind::Scalar };
    Position position;
    Secret text;             // of a scalar
    bool is_plain { false }; // a scalar without quotes
    std::string key;         // of a member of a mapping
    Position key_position;
    std::vector<YamlNode> children;
};

inline constexpr size_t kLargestPolicy = 1 << 20;

// Throws PolicyError.
YamlNode parse_yaml(std::string_view text);

} // namespace farl::owner
