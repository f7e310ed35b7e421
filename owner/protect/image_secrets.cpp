#include "owner/protect/image_secrets.h"

#include "owner/digest/hexadecimal.h"
#include "owner/keys/key_file.h"
#include "owner/launch/user_error.h"
#include "owner/policy/fields.h"
#include "owner/policy/session_reader.h"
#include "owner/protect/image_policy.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr char const* kIntroduction =
    R"(# The keys of the protected image {}. Who has this file can read what is encrypted in the image: keep it where
# the image is not. `secrets` and `service` are for a session file (farl policy): the service with an attestation rule.
farl-image: 1
# Arguments of `farl run` go behind it, in the place of the rest of argv.
entrypoint: {}
)";

constexpr char const* kKeyName = "image-key";

void append_hex(Secret& text, std::span<std::byte const> bytes)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (auto const byte : bytes) {
        text.append(kDigits.substr(static_cast<size_t>(byte) >> 4, 1));
        text.append(kDigits.substr(static_cast<size_t>(byte) & 15, 1));
    }
}

std::span<std::byte const> bytes_in(Secret const& secret) { return std::as_bytes(secret.readable()); }

void append_variables(Secret& text, std::vector<std::string> const& variables)
{
    text.append(variables.empty() ? "  environment: {}\n" : "  environment:\n");
    for (auto const& variable : variables) {
        auto const equals = std::min(variable.find('='), variable.size());
        auto const value = equals < variable.size() ? variable.substr(equals + 1) : std::string();
        text.append(fmt::format("    {}: {}\n", yaml_text(variable.substr(0, equals)), yaml_text(value)));
    }
}

std::string yaml_user(UserRule const& user)
{
    auto const groups = user.groups.empty() ? "" : fmt::format(", groups: [ {} ]", fmt::join(user.groups, ", "));
    return fmt::format("{{ uid: {}, gid: {}{} }}", user.uid, user.gid, groups);
}

Secret key_from(YamlNode const& node)
{
    Fields secrets(node, "the secrets of an image");
    Fields fields(secrets.required(kKeyName), "the key of an image");
    (void)text_of(fields.required("kind"));
    auto const key = bytes_of(fields.required("value"), formats::kFspfKeySize, "a key");
    fields.finish();
    secrets.finish();
    return Secret(std::string_view(reinterpret_cast<char const*>(key.data()), key.size()));
}

std::array<std::byte, formats::kFspfTagSize> tag_from(YamlNode const& node)
{
    Fields fields(node, "how an image is opened");
    (void)fields.required("key"); // the one above
    auto const tag = array_of<formats::kFspfTagSize>(fields.required("tag"), "a tag");
    fields.finish();
    return tag;
}

std::vector<std::string> texts_from(YamlNode const& node)
{
    std::vector<std::string> texts;
    for (auto const& item : node.children)
        texts.push_back(text_of(item));
    return texts;
}

ImageSecrets secrets_from(std::string_view text)
{
    auto const root = parse_yaml(text);
    Fields fields(root, "the keys of an image");
    number_of(fields.required("farl-image"), 1, 1);
    auto const& service = fields.required("service");
    Fields inner(service, "what runs in an image");
    ImageSecrets secrets { .seal = { key_from(fields.required("secrets")), tag_from(inner.required("image")) },
        .entrypoint = texts_from(fields.required("entrypoint")) };
    auto const argv = texts_from(inner.required("argv"));
    if (argv.size() < secrets.entrypoint.size())
        throw PolicyError(service.position, "argv is shorter than the entry point");
    secrets.command.assign(argv.begin() + static_cast<std::ptrdiff_t>(secrets.entrypoint.size()), argv.end());
    for (auto const& member : inner.required("environment").children)
        secrets.environment.push_back(member.key + "=" + text_of(member));
    secrets.working_directory = path_of(inner.required("working_directory"));
    if (auto const* user = inner.optional("user"))
        secrets.user = user_from(*user);
    inner.finish();
    fields.finish();
    return secrets;
}

} // namespace

std::string secrets_path(std::string image)
{
    while (image.size() > 1 && image.ends_with('/'))
        image.pop_back();
    return image + ".keys.yaml";
}

void write_image_secrets(std::string const& path, ImageSecrets const& secrets, std::string const& image)
{
    auto argv = secrets.entrypoint;
    argv.insert(argv.end(), secrets.command.begin(), secrets.command.end());
    Secret text;
    text.append(fmt::format(fmt::runtime(kIntroduction), yaml_text(image), yaml_list(secrets.entrypoint)));
    text.append(fmt::format("secrets:\n  {}: {{ kind: given, value: ", kKeyName));
    append_hex(text, bytes_in(secrets.seal.key));
    text.append(fmt::format(" }}\nservice:\n  argv: {}\n", yaml_list(argv)));
    append_variables(text, secrets.environment);
    text.append(fmt::format("  working_directory: {}\n  image: {{ key: {{ secret: {} }}, tag: {} }}\n",
        yaml_text(secrets.working_directory), kKeyName, to_hex(secrets.seal.tag)));
    if (secrets.user)
        text.append(fmt::format("  user: {}\n", yaml_user(*secrets.user)));
    if (make_key_file(path, text) == KeyFile::Exists)
        throw UserError(kBadUsage, fmt::format("{}: is there already; it may be the key of another image", path));
}

ImageSecrets read_image_secrets(std::string const& path)
{
    auto const text = read_key_file(path);
    try {
        return secrets_from(text.reveal());
    } catch (PolicyError const& error) {
        throw UserError(kNotRunnable,
            fmt::format("{}:{}:{}: {}", path, error.position().line, error.position().column, error.what()));
    }
}

} // namespace farl::owner
