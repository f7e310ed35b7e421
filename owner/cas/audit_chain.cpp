#include "owner/cas/audit_chain.h"

#include "owner/digest/digest.h"
#include "owner/quote/text.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>

namespace farl::owner {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFirst = "log";
constexpr std::string_view kEnd = "end";
// The signature is the last member, of what is before it.
constexpr std::string_view kSignature = R"(,"signature":")";
constexpr std::string_view kClosing = R"("})";

Hash hash_of(std::string_view line) { return std::bit_cast<Hash>(sha256(std::as_bytes(std::span(line)))); }

// Says what it is for: a signature by the same key for something else is none here.
std::string message_for(std::string_view signed_part) { return fmt::format("farl audit log 1\n{}", signed_part); }

// Lower case only, so that there is one way to write a line.
template <size_t size>
std::optional<std::array<std::byte, size>> array_from_hex(std::string_view text)
{
    auto bytes = bytes_from_hex(text);
    if (!bytes || bytes->size() != size || to_hex(*bytes) != text)
        return {};
    std::array<std::byte, size> array;
    std::ranges::copy(*bytes, array.begin());
    return array;
}

struct SignedLine {
    std::string_view signed_part;
    Ed25519Signature signature;
};

std::optional<SignedLine> split(std::string_view line)
{
    constexpr auto kTail = kSignature.size() + 2 * sizeof(Ed25519Signature) + kClosing.size();
    if (line.size() < kTail || !line.ends_with(kClosing))
        return {};
    auto signed_part = line.substr(0, line.size() - kTail);
    auto tail = line.substr(signed_part.size());
    auto signature =
        array_from_hex<sizeof(Ed25519Signature)>(tail.substr(kSignature.size(), 2 * sizeof(Ed25519Signature)));
    if (!tail.starts_with(kSignature) || !signature)
        return {};
    return SignedLine { signed_part, *signature };
}

class AuditVerifier {
public:
    AuditSummary run(std::string_view log)
    {
        for (auto rest = log; !rest.empty();) {
            auto end = rest.find('\n');
            if (end == rest.npos)
                refuse("the line is cut off");
            take(rest.substr(0, end));
            rest.remove_prefix(end + 1);
        }
        if (!has_ended_)
            refuse("the end is missing: lines were cut off");
        summary_.entries = head_.count - 2;
        return summary_;
    }

private:
    [[noreturn]] void refuse(char const* message) const { throw AuditDefect(head_.count + 1, message); }

    void take(std::string_view line)
    {
        if (has_ended_)
            refuse("something was added after the end");
        auto parts = split(line);
        if (!parts)
            refuse("not a line of an audit log");
        if (head_.count == 0)
            summary_.key = key_in(line);
        if (!is_signed_by(summary_.key, message_for(parts->signed_part), parts->signature))
            refuse("this line was changed, or is signed by another key");
        check(line);
        head_ = head_after(head_, line);
    }

    // Nothing is believed of the first line but its key, until its signature was checked.
    Ed25519Point key_in(std::string_view line) const
    {
        auto json = Json::parse(line, nullptr, false);
        bool has_key = json.is_object() && json.contains("key") && json["key"].is_string();
        auto key = has_key ? array_from_hex<sizeof(Ed25519Point)>(json["key"].get<std::string>()) : std::nullopt;
        if (!key)
            refuse("the first line names no key: the beginning was removed");
        return *key;
    }

    // The line is signed.
    void check(std::string_view line)
    {
        auto json = Json::parse(line);
        if (json.at("number") != head_.count)
            refuse("lines are missing or exchanged before this one");
        if (json.at("previous") != to_hex(head_.last))
            refuse("the line before this one was changed or removed");
        if ((json.at("event") == kFirst) != (head_.count == 0))
            refuse("not the beginning of this log");
        if (head_.count == 0)
            summary_.first_time = json.at("time");
        has_ended_ = json.at("event") == kEnd;
        if (has_ended_)
            summary_.end_time = json.at("time");
    }

    AuditHead head_;
    AuditSummary summary_ {};
    bool has_ended_ { false };
};

// Without the line that ends it.
std::string_view entries_of(std::string_view log)
{
    auto end = log.substr(0, log.size() - 1).rfind('\n');
    return log.substr(0, end + 1);
}

} // namespace

AuditEvent first_event(Ed25519Point const& key) { return { std::string(kFirst), { { "key", to_hex(key) } } }; }
AuditEvent end_event() { return { std::string(kEnd), Json::object() }; }

std::string audit_line(Ed25519Key const& key, AuditHead const& head, time_t now, AuditEvent const& event)
{
    Json json { { "number", head.count }, { "time", time_as_text(now) }, { "event", event.name } };
    if (!event.details.empty())
        json.update(event.details);
    json["previous"] = to_hex(head.last);
    // Names in it may be a stranger's, of any bytes.
    auto text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    text.pop_back(); // the closing brace
    return fmt::format("{}{}{}{}", text, kSignature, to_hex(key.sign(message_for(text))), kClosing);
}

AuditHead head_after(AuditHead const& head, std::string_view line) { return { head.count + 1, hash_of(line) }; }

AuditSummary verify_audit(std::string_view log)
{
    if (log.empty())
        throw AuditDefect(1, "the file is empty");
    return AuditVerifier().run(log);
}

void verify_extends(std::string_view log, std::string_view earlier)
{
    auto known = entries_of(earlier);
    auto common = static_cast<size_t>(std::ranges::mismatch(log, known).in2 - known.begin());
    if (common < known.size())
        throw AuditDefect(static_cast<size_t>(std::ranges::count(known.substr(0, common), '\n')) + 1,
            "differs from the earlier log, or is older: the store was set back, or it is another one's");
}

} // namespace farl::owner
