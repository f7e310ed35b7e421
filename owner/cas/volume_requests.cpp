#include "owner/cas/volume_requests.h"

#include "owner/cas/request_fields.h"
#include "owner/digest/digest.h"

#include <algorithm>
#include <cstring>

namespace farl::owner {

namespace {

using Json = nlohmann::ordered_json;

// For the owner only, as keys of consoles are.
std::string own_session(Store const& store, Json const& request, Ed25519Point const& caller)
{
    auto name = text_at(request, "session");
    auto stored = store.session(name);
    if (!stored || stored->owner != caller)
        throw StoreRefusal(StoreRefusal::Reason::NoSuchSession, "you have no such session here");
    return name;
}

Json as_json(VolumeBook const& book, VolumeRecord const& record)
{
    Json json { { "id", to_hex(record.id) }, { "sequence", record.newest.sequence },
        { "tag", to_hex(record.newest.tag) } };
    if (book.is_held(record))
        json["held_until"] = record.held_until;
    return json;
}

Json list(Store& store, std::string const& session)
{
    auto const book = store.volumes();
    auto volumes = Json::object();
    for (auto const& [name, record] : book.of_session(session))
        volumes[name] = as_json(book, record);
    return { { "ok", true }, { "volumes", volumes } };
}

// Recorded before it is given away.
Json key(Store& store, std::string const& session, std::string const& volume, Ed25519Point const& caller)
{
    auto const book = store.volumes();
    auto const record = book.one(session, volume);
    store.record(
        { "volume key shown", { { "session", session }, { "volume", volume }, { "caller", to_hex(caller) } } });
    auto answer = as_json(book, record);
    answer["ok"] = true;
    answer["key"] = to_hex(std::as_bytes(record.key.readable()));
    return answer;
}

// Only one that the session speaks of: nothing else would ever use it.
void make(Store& store, std::string const& session, std::string const& volume, Ed25519Point const& caller)
{
    auto const stored = store.session(session);
    bool const is_known = stored && std::ranges::any_of(stored->session.services, [&](auto const& service) {
        return service.second.volumes.contains(volume);
    });
    if (!is_known)
        throw StoreRefusal(StoreRefusal::Reason::NoSuchVolume,
            fmt::format("no service of session {} has a volume {}", session, volume));
    store.volumes().make(session, volume, caller);
}

VolumeState state_at(Json const& request, char const* name)
{
    if (!request.contains(name) || !request[name].is_object())
        throw BadRequest(fmt::format("`{}` is missing or no state", name));
    auto const& json = request[name];
    auto const tag = bytes_from_hex(text_at(json, "tag"));
    VolumeState state;
    if (!json.contains("sequence") || !json["sequence"].is_number_unsigned() || !tag || tag->size() != state.tag.size())
        throw BadRequest(fmt::format("`{}` is no state: `sequence` and `tag`", name));
    state.sequence = json["sequence"];
    std::ranges::copy(*tag, state.tag.begin());
    return state;
}

void renew(Store& store, std::string const& session, Json const& request, Ed25519Point const& caller)
{
    constexpr size_t kKeySize = 32;
    auto key = bytes_from_hex(text_at(request, "key"));
    if (!key || key->size() != kKeySize)
        throw BadRequest("`key` is no key of 64 hexadecimal digits");
    VolumeRenewal renewal { Secret({ reinterpret_cast<char const*>(key->data()), key->size() }),
        state_at(request, "known"), state_at(request, "state") };
    explicit_bzero(key->data(), key->size());
    store.volumes().renew(session, text_at(request, "volume"), renewal, caller);
}

} // namespace

std::optional<Json> answer_about_volumes(
    Store& store, std::string_view kind, Json const& request, Ed25519Point const& caller)
{
    if (kind == "volumes")
        return list(store, own_session(store, request, caller));
    constexpr std::array<std::string_view, 5> kKinds { "volume-key", "volume-break", "volume-forget", "volume-make",
        "volume-rekey" };
    if (std::ranges::find(kKinds, kind) == kKinds.end())
        return {};
    auto const session = own_session(store, request, caller), volume = text_at(request, "volume");
    if (kind == "volume-key")
        return key(store, session, volume, caller);
    if (kind == "volume-break")
        store.volumes().break_lease(session, volume, caller);
    else if (kind == "volume-make")
        make(store, session, volume, caller);
    else if (kind == "volume-rekey")
        renew(store, session, request, caller);
    else
        store.volumes().forget_state(session, volume, caller);
    return Json { { "ok", true } };
}

} // namespace farl::owner
