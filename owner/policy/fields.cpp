#include "owner/policy/fields.h"

#include "owner/quote/text.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>
#include <utility>

namespace farl::owner {

namespace {

constexpr size_t kLongestName = 63;
constexpr size_t kLongestHost = 253;

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string_view scalar(YamlNode const& node, char const* expected)
{
    if (node.kind != YamlNode::Kind::Scalar)
        throw PolicyError(node.position,
            fmt::format(
                "expected {}, found a {}", expected, node.kind == YamlNode::Kind::Sequence ? "list" : "mapping"));
    return node.text.reveal();
}

bool is_null(YamlNode const& node)
{
    auto text = node.text.reveal();
    return node.is_plain && (text.empty() || text == "~" || text == "null");
}

// Levenshtein: how many characters are to be changed.
size_t distance(std::string_view from, std::string_view to)
{
    std::vector<size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), size_t { 0 });
    for (size_t i = 0; i < from.size(); ++i) {
        auto diagonal = row[0]++;
        for (size_t j = 0; j < to.size(); ++j)
            diagonal = std::exchange(
                row[j + 1], std::min({ row[j] + 1, row[j + 1] + 1, diagonal + (from[i] != to[j] ? 1 : 0) }));
    }
    return row.back();
}

std::string checked_name(std::string_view name, Position position)
{
    bool is_good = !name.empty() && name.size() <= kLongestName && is_alphanumeric(name[0])
        && std::ranges::all_of(name, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
    if (!is_good)
        throw PolicyError(position,
            fmt::format("expected a name: up to {} letters, digits, `-`, `_` and `.`, the first a letter or digit",
                kLongestName));
    return std::string(name);
}

bool is_plain_part(std::string_view part) { return !part.empty() && part != "." && part != ".."; }

std::string checked_path(std::string_view path, Position position)
{
    bool is_good = path.starts_with('/') && path.find('\0') == path.npos;
    for (auto rest = path.substr(is_good); is_good && path != "/";) {
        auto end = rest.find('/');
        is_good = is_plain_part(rest.substr(0, end));
        if (end == rest.npos)
            break;
        rest.remove_prefix(end + 1);
    }
    if (!is_good)
        throw PolicyError(position, "expected an absolute path without `.`, `..`, `//` and a slash at its end");
    return std::string(path);
}

} // namespace

Fields::Fields(YamlNode const& node, char const* what) : node_(node), what_(what)
{
    if (node.kind != YamlNode::Kind::Mapping)
        throw PolicyError(node.position, fmt::format("expected a mapping that describes {}", what));
}

YamlNode const* Fields::optional(std::string_view key)
{
    known_.push_back(key);
    auto child = std::ranges::find(node_.children, key, &YamlNode::key);
    return child == node_.children.end() ? nullptr : &*child;
}

YamlNode const& Fields::required(std::string_view key)
{
    auto const* child = optional(key);
    if (!child)
        throw PolicyError(node_.position, fmt::format("`{}` is missing from {}", key, what_));
    return *child;
}

void Fields::finish() const
{
    for (auto const& child : node_.children) {
        if (std::ranges::find(known_, child.key) != known_.end())
            continue;
        auto near = [&](std::string_view key) {
            return child.key.size() <= kLongestName && distance(child.key, key) <= 2;
        };
        auto meant = std::ranges::find_if(known_, near);
        if (meant != known_.end())
            throw PolicyError(
                child.key_position, fmt::format("unknown key in {}; is it meant to be `{}`?", what_, *meant));
        throw PolicyError(
            child.key_position, fmt::format("unknown key in {}; it may have: {}", what_, fmt::join(known_, ", ")));
    }
}

Secret secret_of(YamlNode const& node)
{
    auto text = scalar(node, "a text");
    if (is_null(node))
        throw PolicyError(node.position, "a value is missing; an empty text is written \"\"");
    return Secret(text);
}

std::string text_of(YamlNode const& node)
{
    auto text = secret_of(node);
    if (text.reveal().find('\0') != std::string_view::npos)
        throw PolicyError(node.position, "a text with a NUL character, which programs cannot be given");
    return std::string(text.reveal());
}

uint64_t number_of(YamlNode const& node, uint64_t least, uint64_t most)
{
    auto expected = fmt::format("a number from {} to {}, without quotes", least, most);
    auto text = scalar(node, expected.c_str());
    uint64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    bool is_canonical = error == std::errc {} && end == text.data() + text.size() && (text[0] != '0' || text == "0");
    if (!node.is_plain || !is_canonical || number < least || number > most)
        throw PolicyError(node.position, fmt::format("expected {}", expected));
    return number;
}

bool boolean_of(YamlNode const& node)
{
    auto text = scalar(node, "true or false, without quotes");
    if (!node.is_plain || (text != "true" && text != "false"))
        throw PolicyError(node.position, "expected true or false, without quotes");
    return text == "true";
}

std::string name_of(YamlNode const& node) { return checked_name(scalar(node, "a name"), node.position); }
std::string key_as_name(YamlNode const& member) { return checked_name(member.key, member.key_position); }
std::string path_of(YamlNode const& node) { return checked_path(scalar(node, "a path"), node.position); }
std::string key_as_path(YamlNode const& member) { return checked_path(member.key, member.key_position); }

std::vector<std::byte> bytes_of(YamlNode const& node, size_t size, char const* what)
{
    auto expected = fmt::format("{}: {} hexadecimal digits", what, 2 * size);
    auto bytes = bytes_from_hex(scalar(node, expected.c_str()));
    if (!bytes || bytes->size() != size)
        throw PolicyError(node.position, fmt::format("expected {}", expected));
    return *bytes;
}

std::string host_of(YamlNode const& node, bool allows_wildcard)
{
    auto text = scalar(node, "a host name or address");
    auto rest = text.substr(allows_wildcard && text.starts_with("*.") ? 2 : 0);
    bool is_good = !rest.empty() && text.size() <= kLongestHost
        && std::ranges::all_of(rest, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == ':'; });
    if (!is_good)
        throw PolicyError(node.position, "expected a host name or address, such as db.example or 192.0.2.1");
    return std::string(text);
}

Children items_of(YamlNode const& node, char const* what)
{
    if (node.kind != YamlNode::Kind::Sequence || node.children.empty())
        throw PolicyError(node.position, fmt::format("expected a list of {}, not empty", what));
    return node.children;
}

Children members_of(YamlNode const& node, char const* what)
{
    if (node.kind != YamlNode::Kind::Mapping)
        throw PolicyError(node.position, fmt::format("expected a mapping from {}", what));
    return node.children;
}

void refuse_choice(YamlNode const& node, std::vector<std::string_view> const& words)
{
    throw PolicyError(node.position, fmt::format("expected one of: {}", fmt::join(words, ", ")));
}

} // namespace farl::owner
