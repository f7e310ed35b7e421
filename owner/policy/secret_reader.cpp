#include "owner/policy/fields.h"
#include "owner/policy/session_reader.h"
#include "owner/policy/words.h"

#include <charconv>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr uint32_t kLargestGenerated = 4096;
constexpr int64_t kMostDays = 36525;
constexpr size_t kLongestCommonName = 64; // RFC 5280, ub-common-name

std::string common_name_of(YamlNode const& node)
{
    auto text = text_of(node);
    if (text.empty() || text.size() > kLongestCommonName)
        throw PolicyError(node.position, fmt::format("expected a name of 1 to {} bytes", kLongestCommonName));
    return text;
}

// A number and a unit.
std::chrono::seconds duration_of(YamlNode const& node)
{
    constexpr auto* kExpected = "expected a time: a whole number and s, m, h or d, as in 12h, at most 36525d";
    constexpr Choice<int64_t> kUnits[] { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 24 * 3600 } };
    constexpr auto kMost = kMostDays * 24 * 3600;
    auto const text = text_of(node);
    int64_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    std::string_view const unit(end, static_cast<size_t>(text.data() + text.size() - end));
    auto const* known = std::ranges::find(kUnits, unit, &Choice<int64_t>::word);
    if (error != std::errc {} || known == std::end(kUnits) || number < 1 || number > kMost / known->value)
        throw PolicyError(node.position, kExpected);
    return std::chrono::seconds(number * known->value);
}

std::chrono::seconds lifetime_from(Fields& fields)
{
    auto const* lifetime = fields.optional("lifetime");
    if (!lifetime)
        return std::chrono::days(number_of(fields.required("valid_days"), 1, kMostDays));
    if (auto const* days = fields.optional("valid_days"))
        throw PolicyError(days->position, "there is a `lifetime` as well; leave one of them out");
    return duration_of(*lifetime);
}

GeneratedSecret generated_from(Fields& fields)
{
    GeneratedSecret secret;
    if (auto const* size = fields.optional("size"))
        secret.size = static_cast<uint32_t>(number_of(*size, 16, kLargestGenerated));
    if (auto const* encoding = fields.optional("encoding"))
        secret.encoding = choice_of(*encoding, kEncodings);
    return secret;
}

CertificateSecret certificate_from(Fields& fields)
{
    CertificateSecret secret { .authority = name_of(fields.required("authority")),
        .common_name = common_name_of(fields.required("common_name")),
        .use = CertificateUse::Server,
        .lifetime = lifetime_from(fields) };
    if (auto const* hosts = fields.optional("hosts")) {
        for (auto const& host : items_of(*hosts, "host names and addresses"))
            secret.hosts.insert(host_of(host, true));
    }
    if (auto const* use = fields.optional("use"))
        secret.use = choice_of(*use, kCertificateUses);
    return secret;
}

Export export_from(YamlNode const& node)
{
    Fields fields(node, "an export");
    Export made { .session = name_of(fields.required("session")) };
    if (auto const* owner = fields.optional("owner"))
        made.owner = array_of<32>(*owner, "the other owner's key");
    fields.finish();
    return made;
}

using Read = decltype(SecretRule::source) (*)(Fields&);
constexpr Choice<Read> kKinds[] {
    { "given",
        [](Fields& fields) -> decltype(SecretRule::source) {
            return GivenSecret { secret_of(fields.required("value")) };
        } },
    { "generated", [](Fields& fields) -> decltype(SecretRule::source) { return generated_from(fields); } },
    { "authority",
        [](Fields& fields) -> decltype(SecretRule::source) {
            return AuthoritySecret { common_name_of(fields.required("common_name")), lifetime_from(fields) };
        } },
    { "certificate", [](Fields& fields) -> decltype(SecretRule::source) { return certificate_from(fields); } },
    { "imported",
        [](Fields& fields) -> decltype(SecretRule::source) {
            return ImportedSecret { name_of(fields.required("session")), name_of(fields.required("secret")) };
        } },
};

} // namespace

SecretRule secret_rule_from(YamlNode const& node)
{
    Fields fields(node, "a secret");
    auto read = choice_of(fields.required("kind"), kKinds);
    SecretRule rule { .source = read(fields) };
    if (auto const* exports = fields.optional("export")) {
        if (std::holds_alternative<ImportedSecret>(rule.source))
            throw PolicyError(exports->position, "an imported secret is exported by the session that it comes from");
        for (auto const& item : items_of(*exports, "sessions"))
            rule.exports.insert(export_from(item));
    }
    fields.finish();
    return rule;
}

} // namespace farl::owner
