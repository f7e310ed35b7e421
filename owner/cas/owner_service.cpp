#include "owner/cas/owner_service.h"

#include "owner/cas/request_fields.h"
#include "owner/cas/session_materials.h"
#include "owner/cas/volume_requests.h"
#include "owner/digest/digest.h"
#include "owner/policy/session_json.h"
#include "owner/policy/yaml.h"
#include "owner/quote/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <openssl/crypto.h>

namespace farl::owner {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostApprovals = 64;

Json refusal(char const* reason, std::string const& message)
{
    return { { "ok", false }, { "reason", reason }, { "message", message } };
}

// The text in `json` is wiped.
Secret taken(Json& json, char const* name)
{
    if (!json.contains(name) || !json[name].is_string())
        throw BadRequest(fmt::format("`{}` is missing or no text", name));
    auto& text = json[name].get_ref<std::string&>();
    Secret secret(text);
    OPENSSL_cleanse(text.data(), text.size());
    return secret;
}

template <typename Array>
Array array_at(Json const& json, char const* name)
{
    auto bytes = bytes_from_hex(text_at(json, name));
    Array array;
    if (!bytes || bytes->size() != array.size())
        throw BadRequest(fmt::format("`{}` is not {} bytes in hexadecimal", name, array.size()));
    std::ranges::copy(*bytes, array.begin());
    return array;
}

std::vector<Approval> approvals_in(Json const& request)
{
    std::vector<Approval> approvals;
    auto list = request.value("approvals", Json::array());
    if (!list.is_array() || list.size() > kMostApprovals)
        throw BadRequest(fmt::format("`approvals` is no list of at most {}", kMostApprovals));
    for (auto const& item : list)
        approvals.push_back({ array_at<Ed25519Point>(item, "key"), array_at<Ed25519Signature>(item, "signature") });
    return approvals;
}

bool may_see(StoredSession const& stored, Ed25519Point const& caller)
{
    auto const& signers = stored.session.approvals.keys;
    auto is_caller = [&](auto const& entry) { return entry.second == caller; };
    return stored.owner == caller || std::ranges::any_of(signers, is_caller);
}

} // namespace

Json OwnerService::answer(Json request, Ed25519Point const& caller)
{
    try {
        auto kind = text_at(request, "request");
        if (kind == "put")
            return put(request, caller);
        if (kind == "delete")
            return remove(request, caller);
        if (kind == "show")
            return show(request, caller);
        if (kind == "console-key")
            return console_key(request, caller);
        if (kind == "status")
            return status();
        if (auto answer = answer_about_volumes(store_, kind, request, caller))
            return *answer;
        throw BadRequest("`request` is none of those that a CAS of this version knows");
    } catch (BadRequest const& error) {
        return refusal("bad-request", error.what());
    } catch (PolicyError const& error) {
        auto answer = refusal("no-session", error.what());
        answer["line"] = error.position().line;
        answer["column"] = error.position().column;
        return answer;
    } catch (StoreRefusal const& error) {
        return refusal(name_of(error.reason()), error.what());
    }
}

Json OwnerService::put(Json& request, Ed25519Point const& caller)
{
    auto text = taken(request, "text");
    auto receipt = store_.put(text, caller, approvals_in(request));
    return { { "ok", true }, { "version", receipt.version }, { "hash", to_hex(receipt.hash) } };
}

Json OwnerService::remove(Json const& request, Ed25519Point const& caller)
{
    auto name = text_at(request, "session");
    auto stored = store_.session(name);
    if (!stored || !may_see(*stored, caller))
        throw StoreRefusal(StoreRefusal::Reason::NoSuchSession, "you have no such session here");
    auto mark = store_.remove(name, array_at<Hash>(request, "hash"), caller, approvals_in(request));
    return { { "ok", true }, { "mark", to_hex(mark) } };
}

Json OwnerService::show(Json const& request, Ed25519Point const& caller) const
{
    auto name = text_at(request, "session");
    auto stored = store_.session(name);
    if (!stored || !may_see(*stored, caller))
        throw StoreRefusal(StoreRefusal::Reason::NoSuchSession, "you have no such session here");
    return { { "ok", true }, { "version", stored->version }, { "hash", to_hex(session_hash(stored->session)) },
        { "owner", to_hex(stored->owner) }, { "session", outline_of(stored->session) } };
}

// For the owner only: signers approve, and need not read what the service writes. Recorded before it is given away.
Json OwnerService::console_key(Json const& request, Ed25519Point const& caller)
{
    auto name = text_at(request, "session"), service_name = text_at(request, "service");
    auto stored = store_.session(name);
    if (!stored || stored->owner != caller)
        throw StoreRefusal(StoreRefusal::Reason::NoSuchSession, "you have no such session here");
    auto service = stored->session.services.find(service_name);
    if (service == stored->session.services.end() || service->second.console != ConsoleMode::Shielded)
        throw StoreRefusal(
            StoreRefusal::Reason::NoSuchSecret, "the session has no such service with a shielded console");
    store_.record(
        { "console key shown", { { "session", name }, { "service", service_name }, { "caller", to_hex(caller) } } });
    auto const& key = owner::console_key(stored->materials, service_name);
    return { { "ok", true }, { "key", to_hex(std::as_bytes(key.readable())) } };
}

Json OwnerService::status() const
{
    return { { "ok", true }, { "sessions", store_.session_names().size() },
        { "audit_key", to_hex(store_.audit().key()) } };
}

} // namespace farl::owner
