#include "owner/cli/cas_connection.h"

#include "owner/launch/user_error.h"
#include "owner/quote/text.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

void CasConnection::add_options(CLI::App& app, Need need)
{
    bool is_required = need == Need::Always;
    app.add_option("--cas", endpoint_)->required(is_required)->envname("FARL_CAS");
    app.add_option("--cas-key", cas_key_)->required(is_required)->envname("FARL_CAS_KEY");
    app.add_option("--key", key_file_)->required(is_required)->envname("FARL_KEY");
}

nlohmann::ordered_json CasConnection::request(nlohmann::ordered_json const& message, std::string const& file) const
{
    if (endpoint_.empty() || cas_key_.empty() || key_file_.empty())
        throw UserError(kBadUsage, "which CAS, and who asks? --cas, --cas-key and --key say it");
    Client client({ endpoint_, point_from(cas_key_, "--cas-key") }, Ed25519Key::load(key_file_));
    auto answer = client.request(message);
    if (answer.value("ok", false))
        return answer;
    auto text = answer.value("message", "the CAS refused");
    if (answer.contains("line"))
        text = fmt::format("{}:{}:{}: {}", file, answer["line"].dump(), answer["column"].dump(), text);
    throw UserError(kRefused, text);
}

Ed25519Point point_from(std::string const& text, char const* option)
{
    auto bytes = bytes_from_hex(text);
    Ed25519Point point;
    if (!bytes || bytes->size() != point.size())
        throw UserError(kBadUsage, fmt::format("{}: expected a key of 64 hexadecimal digits", option));
    std::ranges::copy(*bytes, point.begin());
    return point;
}

} // namespace farl::owner
