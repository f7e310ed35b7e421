#include "owner/policy/fields.h"
#include "owner/policy/session_reader.h"
#include "owner/policy/words.h"

#include <charconv>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr uint32_t kMostStarts = 1'000'000;

// A text, or `{ secret: NAME }`.
Value value_from(YamlNode const& node)
{
    if (node.kind != YamlNode::Kind::Mapping)
        return text_of(node);
    Fields fields(node, "a value; it is a text or { secret: NAME }");
    SecretReference reference { .secret = name_of(fields.required("secret")) };
    if (auto const* part = fields.optional("part"))
        reference.part = choice_of(*part, kSecretParts);
    fields.finish();
    return reference;
}

uint32_t mode_of(YamlNode const& node)
{
    constexpr uint32_t kHighest = 0777;
    auto text = node.kind == YamlNode::Kind::Scalar ? node.text.reveal() : std::string_view();
    uint32_t mode = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    if (text.size() != 4 || error != std::errc {} || end != text.data() + text.size() || mode > kHighest)
        throw PolicyError(node.position, "expected a file mode of four octal digits, such as 0400");
    return mode;
}

std::vector<Value> argv_from(YamlNode const& node)
{
    std::vector<Value> argv;
    for (auto const& item : items_of(node, "arguments, the program first"))
        argv.push_back(value_from(item));
    if (auto const* program = std::get_if<std::string>(&argv[0]); !program || program->empty())
        throw PolicyError(
            node.children[0].position, "the first argument is the program, which cannot be a secret or empty");
    return argv;
}

ByName<Value> environment_from(YamlNode const& node)
{
    ByName<Value> environment;
    for (auto const& member : members_of(node, "variables to values")) {
        if (member.key.empty() || member.key.find_first_of(std::string_view("=\0", 2)) != std::string::npos)
            throw PolicyError(member.key_position, "the name of a variable is empty or has `=` in it");
        environment.emplace(member.key, value_from(member));
    }
    return environment;
}

InjectedFile file_from(YamlNode const& node)
{
    Fields fields(node, "an injected file");
    InjectedFile file { .content = value_from(fields.required("content")) };
    if (auto const* mode = fields.optional("mode"))
        file.mode = mode_of(*mode);
    fields.finish();
    return file;
}

ImageRule image_from(YamlNode const& node)
{
    constexpr size_t kTagSize = 16;
    Fields fields(node, "how a protected image is opened");
    auto const& key = fields.required("key");
    auto const value = value_from(key);
    auto const* reference = std::get_if<SecretReference>(&value);
    if (!reference)
        throw PolicyError(key.position, "the key of an image is a secret: expected { secret: NAME }");
    ImageRule image { .key = *reference, .tag = array_of<kTagSize>(fields.required("tag"), "the tag of an image") };
    fields.finish();
    return image;
}

Volume volume_from(YamlNode const& node)
{
    Fields fields(node, "a volume");
    Volume volume { .path = path_of(fields.required("path")) };
    if (auto const* rollback = fields.optional("rollback"))
        volume.rollback = choice_of(*rollback, kRollbacks);
    fields.finish();
    return volume;
}

template <typename T>
std::vector<T> list_from(YamlNode const& node, char const* what, T (*read)(YamlNode const&))
{
    std::vector<T> list;
    for (auto const& item : items_of(node, what))
        list.push_back(read(item));
    return list;
}

void read_network(YamlNode const& node, Service& service)
{
    Fields fields(node, "network rules");
    if (auto const* listen = fields.optional("listen"))
        service.listen = list_from(*listen, "ports", listen_rule_from);
    if (auto const* connect = fields.optional("connect"))
        service.connect = list_from(*connect, "destinations", connect_rule_from);
    if (auto const* udp = fields.optional("udp"))
        service.udp = choice_of(*udp, kOtherSockets);
    if (auto const* unix_sockets = fields.optional("unix"))
        service.unix_sockets = choice_of(*unix_sockets, kOtherSockets);
    fields.finish();
}

void read_places(Fields& fields, Service& service)
{
    if (auto const* directory = fields.optional("working_directory"))
        service.working_directory = path_of(*directory);
    if (auto const* files = fields.optional("files")) {
        for (auto const& member : members_of(*files, "paths to injected files"))
            service.files.emplace(key_as_path(member), file_from(member));
    }
    if (auto const* volumes = fields.optional("volumes")) {
        for (auto const& member : members_of(*volumes, "names to volumes"))
            service.volumes.emplace(key_as_name(member), volume_from(member));
    }
}

void read_image(Fields& fields, Service& service)
{
    if (auto const* image = fields.optional("image"))
        service.image = image_from(*image);
    auto const* user = fields.optional("user");
    if (user && !service.image)
        throw PolicyError(
            user->position, "only a service with an image has a user: without one it begins as who starts it");
    if (user)
        service.user = user_from(*user);
}

} // namespace

UserRule user_from(YamlNode const& node)
{
    constexpr uint32_t kHighestId = ~0u - 1; // setuid(2)
    Fields fields(node, "a user");
    auto id_from = [](YamlNode const& id) { return static_cast<uint32_t>(number_of(id, 0, kHighestId)); };
    UserRule user { .uid = id_from(fields.required("uid")), .gid = id_from(fields.required("gid")), .groups = {} };
    if (auto const* groups = fields.optional("groups"))
        user.groups = list_from(*groups, "supplementary groups", +id_from);
    fields.finish();
    return user;
}

Service service_from(YamlNode const& node)
{
    Fields fields(node, "a service");
    Service service { .argv = argv_from(fields.required("argv")) };
    if (auto const* environment = fields.optional("environment"))
        service.environment = environment_from(*environment);
    read_places(fields, service);
    if (auto const* network = fields.optional("network"))
        read_network(*network, service);
    read_image(fields, service);
    if (auto const* console = fields.optional("console"))
        service.console = choice_of(*console, kConsoleModes);
    if (auto const* starts = fields.optional("starts"))
        service.starts = static_cast<uint32_t>(number_of(*starts, 1, kMostStarts));
    service.attestation = attestation_rule_from(fields.required("attestation"));
    fields.finish();
    return service;
}

} // namespace farl::owner
