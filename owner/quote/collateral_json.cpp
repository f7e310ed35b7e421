#include "owner/quote/collateral_json.h"

#include "owner/quote/refusal.h"
#include "owner/quote/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(std::string const& text) { throw Refusal(RefusalReason::MalformedCollateral, text); }

// Runs `read` on the parsed text; what the JSON library throws for missing or wrong values becomes a refusal.
template <typename Read>
auto from_json(std::string const& text, char const* what, Read const& read)
{
    try {
        return read(Json::parse(text));
    } catch (Json::exception const& error) {
        refuse(fmt::format("the {} is damaged: {}", what, error.what()));
    }
}

void expect(Json const& json, char const* id, int version)
{
    // Only what has the type is printed: how deep anything else is nested, a stranger decides.
    auto found_id = json.at("id").get<std::string>();
    auto found_version = json.at("version").get<int>();
    if (found_id != id || found_version != version)
        refuse(fmt::format("expected version {} of {}, found version {} of {}", version, id, found_version, found_id));
}

std::vector<std::byte> hex(Json const& json, char const* name, size_t size)
{
    auto bytes = bytes_from_hex(json.at(name).get<std::string>());
    if (!bytes || bytes->size() != size)
        refuse(fmt::format("{} is not {} bytes in hexadecimal", name, size));
    return *bytes;
}

template <size_t size>
std::array<std::byte, size> hex_array(Json const& json, char const* name)
{
    std::array<std::byte, size> array;
    std::ranges::copy(hex(json, name, size), array.begin());
    return array;
}

uint32_t hex_number(Json const& json, char const* name)
{
    uint32_t number = 0;
    for (auto byte : hex(json, name, sizeof number)) // as a number is written, not as bytes lie in memory
        number = number << 8 | std::to_integer<uint32_t>(byte);
    return number;
}

time_t time_at(Json const& json, char const* name)
{
    auto time = time_from_text(json.at(name).get<std::string>());
    if (!time)
        refuse(fmt::format("{} is not a time", name));
    return *time;
}

TcbLevel level_from(Json const& json)
{
    auto name = json.at("tcbStatus").get<std::string>();
    auto status = tcb_status_from(name);
    if (!status)
        refuse(fmt::format("TCB status {} is unknown", name));
    TcbLevel level { .status = *status, .date = json.at("tcbDate") };
    if (json.contains("advisoryIDs"))
        level.advisory_ids = json["advisoryIDs"].get<std::vector<std::string>>();
    auto const& tcb = json.at("tcb");
    if (tcb.contains("isvsvn")) {
        level.least_isv_svn = tcb["isvsvn"];
        return level;
    }
    level.least.pce_svn = tcb.at("pcesvn");
    auto const& components = tcb.at("sgxtcbcomponents");
    if (components.size() != level.least.components.size())
        refuse("a TCB level has not 16 components");
    std::ranges::transform(components, level.least.components.begin(),
        [](Json const& component) { return component.at("svn").get<uint8_t>(); });
    return level;
}

std::vector<TcbLevel> levels_from(Json const& json)
{
    std::vector<TcbLevel> levels;
    std::ranges::transform(json.at("tcbLevels"), std::back_inserter(levels), level_from);
    return levels;
}

} // namespace

TcbInfo tcb_info_from(std::string const& text)
{
    return from_json(text, "TCB info", [](Json const& json) {
        expect(json, "SGX", 3);
        return TcbInfo { .issued = time_at(json, "issueDate"),
            .next_update = time_at(json, "nextUpdate"),
            .evaluation_number = json.at("tcbEvaluationDataNumber"),
            .fmspc = hex(json, "fmspc", 6),
            .pce_id = hex(json, "pceId", 2),
            .levels = levels_from(json) };
    });
}

QeIdentity qe_identity_from(std::string const& text)
{
    return from_json(text, "QE identity", [](Json const& json) {
        expect(json, "QE", 2);
        return QeIdentity { .issued = time_at(json, "issueDate"),
            .next_update = time_at(json, "nextUpdate"),
            .evaluation_number = json.at("tcbEvaluationDataNumber"),
            .misc_select = hex_number(json, "miscselect"),
            .misc_select_mask = hex_number(json, "miscselectMask"),
            .attributes = hex_array<16>(json, "attributes"),
            .attributes_mask = hex_array<16>(json, "attributesMask"),
            .mrsigner = hex_array<32>(json, "mrsigner"),
            .isv_prod_id = json.at("isvprodid"),
            .levels = levels_from(json) };
    });
}

} // namespace farl::owner
