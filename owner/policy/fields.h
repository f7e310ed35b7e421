// Reading a YamlNode as what it has to be: texts, numbers, names, lists, mappings with known keys. Each throws
// PolicyError, which says what is expected and never what was found: any value may be a secret.
#pragma once

#include "owner/policy/yaml.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace farl::owner {

// The keys of one mapping. Those that nobody asks for are unknown, and an error.
class Fields {
public:
    // `what` completes "expected a mapping that describes ...", "a service".
    Fields(YamlNode const& node, char const* what);

    YamlNode const* optional(std::string_view key);
    YamlNode const& required(std::string_view key);
    // After all keys were asked for.
    void finish() const;

    Position position() const { return node_.position; }

private:
    YamlNode const& node_;
    char const* what_;
    std::vector<std::string_view> known_;
};

// Any scalar, as it is written: in `argv: [sleep, 5]` both are texts. Without NUL, and not null.
std::string text_of(YamlNode const& node);
// The same for what may hold any bytes and is to be wiped.
Secret secret_of(YamlNode const& node);
// Decimal digits, without quotes.
uint64_t number_of(YamlNode const& node, uint64_t least, uint64_t most);
bool boolean_of(YamlNode const& node);
// Up to 63 letters, digits, `-`, `_` and `.`, the first a letter or digit.
std::string name_of(YamlNode const& node);
std::string key_as_name(YamlNode const& member);
// Absolute and without `.`, `..`, empty parts, or a slash at its end.
std::string path_of(YamlNode const& node);
std::string key_as_path(YamlNode const& member);
// Pairs of hexadecimal digits, exactly `size` of them.
std::vector<std::byte> bytes_of(YamlNode const& node, size_t size, char const* what);
// RFC 1123 and addresses: letters, digits, `-`, `.`, `:`; a wildcard `*.` in front if allowed.
std::string host_of(YamlNode const& node, bool allows_wildcard);

template <size_t size>
std::array<std::byte, size> array_of(YamlNode const& node, char const* what)
{
    auto bytes = bytes_of(node, size, what);
    std::array<std::byte, size> array {};
    std::copy(bytes.begin(), bytes.end(), array.begin());
    return array;
}

using Children = std::vector<YamlNode> const&;
// The children of a list that is not empty, or of a mapping whose keys are free.
Children items_of(YamlNode const& node, char const* what);
Children members_of(YamlNode const& node, char const* what);

// One of few words.
template <typename T>
struct Choice {
    std::string_view word;
    T value;
};
[[noreturn]] void refuse_choice(YamlNode const& node, std::vector<std::string_view> const& words);

template <typename T, size_t count>
T choice_of(YamlNode const& node, Choice<T> const (&choices)[count])
{
    std::vector<std::string_view> words;
    for (auto const& choice : choices) {
        if (node.kind == YamlNode::Kind::Scalar && node.text.reveal() == choice.word)
            return choice.value;
        words.push_back(choice.word);
    }
    refuse_choice(node, words);
}

template <typename T, size_t count>
std::string_view word_for(T value, Choice<T> const (&choices)[count])
{
    for (auto const& choice : choices) {
        if (choice.value == value)
            return choice.word;
    }
    return "";
}

} // namespace farl::owner
