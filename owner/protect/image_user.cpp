#include "owner/protect/image_user.h"

#include "owner/image/image_path.h"
#include "owner/oci/image_defect.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr size_t kLargestFile = 4 << 20;

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (true) {
        auto const end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == text.npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<uint32_t> id_from(std::string_view text)
{
    constexpr uint32_t kNobody = ~0u; // setuid(2): no id
    uint32_t id = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    bool const is_id = error == std::errc {} && end == text.data() + text.size() && id != kNobody;
    return is_id ? std::optional(id) : std::nullopt;
}

// A line of passwd(5) or group(5): "NAME:PASSWORD:ID:..."; others are passed over, as getpwnam(3) does.
struct Line {
    std::string_view name;
    uint32_t id;
    std::string_view rest; // of passwd(5) the group, of group(5) the members
};

std::vector<Line> lines_of(std::string_view file)
{
    std::vector<Line> lines;
    for (auto const line : split(file, '\n')) {
        auto const fields = split(line, ':');
        auto const id = fields.size() >= 4 ? id_from(fields[2]) : std::nullopt;
        if (id && !fields[0].empty())
            lines.push_back({ fields[0], *id, fields[3] });
    }
    return lines;
}

// By its name, or else by its number.
Line const* find(std::vector<Line> const& lines, std::string_view word)
{
    for (auto const& line : lines)
        if (line.name == word)
            return &line;
    auto const id = id_from(word);
    for (auto const& line : lines)
        if (id && line.id == *id)
            return &line;
    return nullptr;
}

uint32_t id_of(Line const* line, std::string_view word, std::string_view what, std::string_view file)
{
    auto const id = line ? line->id : id_from(word);
    if (!id)
        throw ImageDefect(fmt::format(
            "its {} {} is not in its {}: give the number of one (`user` in the policy)", what, shown_path(word), file));
    return *id;
}

std::vector<uint32_t> groups_with(std::vector<Line> const& groups, std::string_view member)
{
    std::vector<uint32_t> ids;
    for (auto const& group : groups) {
        auto const members = split(group.rest, ',');
        bool const is_new = std::ranges::find(ids, group.id) == ids.end();
        if (is_new && std::ranges::find(members, member) != members.end())
            ids.push_back(group.id);
    }
    return ids;
}

std::string contents_of(FlattenedImage const& image, std::string const& path)
{
    auto const id = image.tree().find(path);
    if (!id || image.tree().node(*id).attributes.type != FileType::Regular)
        return "";
    auto const size = image.tree().node(*id).attributes.size;
    if (size > kLargestFile)
        throw ImageDefect(fmt::format("its /{} is larger than {} bytes", path, kLargestFile));
    std::string text(size, '\0');
    image.visit_contents([&](FileTree::NodeId visited, LayerReader& pieces) {
        if (visited != *id)
            return;
        while (auto const piece = pieces.next_piece())
            std::memcpy(text.data() + piece->offset, piece->bytes.data(), piece->bytes.size());
    });
    return text;
}

} // namespace

UserRule user_from_files(std::string_view user, std::string_view passwd, std::string_view group)
{
    auto const colon = user.find(':');
    auto const name = user.substr(0, colon);
    auto const users = lines_of(passwd), groups = lines_of(group);
    auto const* found = find(users, name);
    UserRule rule { .uid = id_of(found, name, "user", "/etc/passwd") };
    if (colon != user.npos && colon + 1 < user.size()) {
        auto const word = user.substr(colon + 1);
        rule.gid = id_of(find(groups, word), word, "group", "/etc/group");
        return rule;
    }
    if (found) {
        rule.gid = id_from(found->rest).value_or(0);
        rule.groups = groups_with(groups, found->name);
    }
    return rule;
}

UserRule user_of_image(FlattenedImage const& image, std::string_view user)
{
    return user_from_files(user, contents_of(image, "etc/passwd"), contents_of(image, "etc/group"));
}

} // namespace farl::owner
