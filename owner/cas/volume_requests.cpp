#include "owner/cas/volume_requests.h"

#include "owner/cas/request_fields.h"
#include "owner/digest/digest.h"

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

} // namespace

std::optional<Json> answer_about_volumes(
    Store& store, std::string_view kind, Json const& request, Ed25519Point const& caller)
{
    if (kind == "volumes")
        return list(store, own_session(store, request, caller));
    if (kind != "volume-key" && kind != "volume-break" && kind != "volume-forget")
        return {};
    auto const session = own_session(store, request, caller), volume = text_at(request, "volume");
    if (kind == "volume-key")
        return key(store, session, volume, caller);
    if (kind == "volume-break")
        store.volumes().break_lease(session, volume, caller);
    else
        store.volumes().forget_state(session, volume, caller);
    return Json { { "ok", true } };
}

} // namespace farl::owner
