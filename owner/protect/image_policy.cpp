#include "owner/protect/image_policy.h"

#include "owner/launch/user_error.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

// The regions say themselves what they cannot hold; where it stands is known here.
template <typename Act>
auto at(YamlNode const& node, Act act)
{
    try {
        return act();
    } catch (UserError const& error) {
        throw PolicyError(node.position, error.what());
    }
}

ImageRegions regions_from(Fields& fields)
{
    auto regions = ImageRegions();
    if (auto const* kind = fields.optional("default"))
        regions = at(*kind, [&] { return ImageRegions(choice_of(*kind, kRegionKinds)); });
    if (auto const* prefixes = fields.optional("regions")) {
        for (auto const& member : members_of(*prefixes, "paths to kinds of protection")) {
            auto const path = key_as_path(member);
            at(member, [&] { regions.add(path, choice_of(member, kRegionKinds)); });
        }
    }
    return regions;
}

std::vector<std::string> texts_from(YamlNode const& node, char const* what)
{
    std::vector<std::string> texts;
    for (auto const& item : items_of(node, what))
        texts.push_back(text_of(item));
    return texts;
}

std::vector<std::string> variables_from(YamlNode const& node)
{
    std::vector<std::string> variables;
    for (auto const& member : members_of(node, "names of variables to their values"))
        variables.push_back(member.key + "=" + text_of(member));
    return variables;
}

constexpr char const* kIntroduction = R"(# How Farl protects {0}. Of several prefixes the longest counts.
#
#   authenticated   any change is found; the contents stay readable, and their layers as they are
#   encrypted       neither contents nor names can be read without the keys
#   unprotected     the host's own files, passed through: nothing is checked

default: authenticated

# What is secret goes here.
regions:
  /root: encrypted
#  /etc/myprogram: encrypted
#  /data: unprotected

# What the image says now; give another value to replace it. Variables and arguments are secret: only the enclave sees them.
# entrypoint: {1}
# cmd: {2}
# working_dir: {3}
# user: {4}
# env:
)";

} // namespace

ImagePolicy parse_image_policy(std::string_view text)
{
    auto const root = parse_yaml(text);
    Fields fields(root, "how an image is protected");
    ImagePolicy policy { .regions = regions_from(fields) };
    if (auto const* entrypoint = fields.optional("entrypoint"))
        policy.entrypoint = texts_from(*entrypoint, "the entry point and its arguments");
    if (auto const* command = fields.optional("cmd"))
        policy.command = texts_from(*command, "arguments");
    if (auto const* environment = fields.optional("env"))
        policy.environment = variables_from(*environment);
    if (auto const* directory = fields.optional("working_dir"))
        policy.working_directory = path_of(*directory);
    if (auto const* user = fields.optional("user"))
        policy.user = text_of(*user);
    fields.finish();
    return policy;
}

ImageConfig configuration_of(ImagePolicy const& policy, ImageConfig const& config)
{
    auto made = config;
    if (policy.entrypoint) {
        made.entrypoint = *policy.entrypoint;
        made.command.clear(); // it was for another program
    }
    if (policy.command)
        made.command = *policy.command;
    if (policy.environment)
        made.environment = *policy.environment;
    if (policy.working_directory)
        made.working_directory = *policy.working_directory;
    if (policy.user)
        made.user = *policy.user;
    if (made.working_directory.empty())
        made.working_directory = "/";
    return made;
}

std::string image_policy_for(ImageConfig const& config, std::string const& image)
{
    auto text = fmt::format(fmt::runtime(kIntroduction), image, yaml_list(config.entrypoint), yaml_list(config.command),
        yaml_text(config.working_directory.empty() ? "/" : config.working_directory),
        yaml_text(config.user.empty() ? "root" : config.user));
    for (auto const& variable : config.environment) {
        auto const equals = variable.find('=');
        if (equals != variable.npos)
            text += fmt::format("#   {}: {}\n", variable.substr(0, equals), yaml_text(variable.substr(equals + 1)));
    }
    return text;
}

// With all that is not printable as an escape: an image cannot end the text, or the comment, that it stands in.
std::string yaml_text(std::string_view text)
{
    std::string quoted = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\')
            quoted += fmt::format("\\{}", c);
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        else
            quoted += c;
    }
    return quoted + "\"";
}

std::string yaml_list(std::vector<std::string> const& texts)
{
    std::string list;
    for (auto const& text : texts)
        list += (list.empty() ? " " : ", ") + yaml_text(text);
    return list.empty() ? "[]" : "[" + list + " ]";
}

} // namespace farl::owner
