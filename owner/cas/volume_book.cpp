#include "owner/cas/volume_book.h"

#include "owner/cas/store_refusal.h"
#include "owner/digest/digest.h"
#include "owner/quote/text.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

using Reason = Denial::Reason;

constexpr Hash kNobody {};

std::string context_of(std::string_view session, std::string_view volume)
{
    return fmt::format("farl store: volume {}/{}", session, volume);
}

Denial in_use(std::string_view session, std::string_view volume, uint64_t until)
{
    return { Reason::VolumeInUse,
        fmt::format("volume {} is another enclave's until {}, or longer if that one still runs; wait, "
                    "or its owner ends that with `farl policy volumes --break {} {}`",
            volume, time_as_text(static_cast<time_t>(until)), volume, session) };
}

Denial lease_lost(std::string_view volume)
{
    return { Reason::LeaseLost,
        fmt::format(
            "volume {} is not this enclave's any more: its lease ran out and another one took over, or its owner "
            "broke it",
            volume) };
}

Denial older_state(std::string_view volume, VolumeState const& newest)
{
    return { Reason::OlderState,
        fmt::format("volume {} is at commit {} already, and this one is none that follows", volume, newest.sequence) };
}

StoreRefusal no_such_volume(std::string_view session, std::string_view volume)
{
    return { StoreRefusal::Reason::NoSuchVolume,
        fmt::format(
            "session {} has had no volume {} yet; it is made when a service with it first starts", session, volume) };
}

} // namespace

void VolumeBook::create_table(Database& database)
{
    database.execute("CREATE TABLE IF NOT EXISTS volumes(session TEXT, name TEXT, sealed BLOB NOT NULL, "
                     "PRIMARY KEY(session, name)) STRICT, WITHOUT ROWID");
}

VolumeRecord VolumeBook::opened(
    std::string_view session, std::string_view volume, std::span<std::byte const> sealed) const
{
    auto bytes = key_.open(sealed, context_of(session, volume));
    auto record = bytes ? decode_volume_record(bytes->reveal()) : std::nullopt;
    if (!record)
        throw DatabaseError(fmt::format(
            "volume {} of session {} is damaged in the store; restore the store from a copy", volume, session));
    return std::move(*record);
}

std::optional<VolumeRecord> VolumeBook::load(std::string_view session, std::string_view volume) const
{
    Statement query(database_, "SELECT sealed FROM volumes WHERE session = ? AND name = ?");
    if (!query.bind(1, session).bind(2, volume).step())
        return {};
    return opened(session, volume, query.bytes(0));
}

void VolumeBook::save(std::string_view session, std::string_view volume, VolumeRecord const& record)
{
    auto sealed = key_.seal(encode(record).reveal(), context_of(session, volume));
    Statement(database_, "INSERT OR REPLACE INTO volumes VALUES (?, ?, ?)")
        .bind(1, session)
        .bind(2, volume)
        .bind(3, std::span<std::byte const>(sealed))
        .step();
}

// The clock has cut off what the second had already.
uint64_t VolumeBook::end_of_lease(VolumeHolder const& holder) const
{
    return static_cast<uint64_t>(clock_(nullptr) + holder.lease.count() + 1);
}

bool VolumeBook::is_held(VolumeRecord const& record) const
{
    return record.holder != kNobody && static_cast<uint64_t>(clock_(nullptr)) < record.held_until;
}

std::variant<ByName<VolumeRecord>, Denial> VolumeBook::take(
    std::string_view session, ByName<Volume> const& wanted, VolumeHolder const& holder)
{
    Transaction transaction(database_);
    ByName<VolumeRecord> taken;
    for (auto const& [name, rule] : wanted) {
        auto there = load(session, name);
        auto record = there ? std::move(*there) : make_volume();
        if (is_held(record) && record.holder != holder.key)
            return in_use(session, name, record.held_until);
        record.holder = holder.key;
        record.held_until = end_of_lease(holder);
        if (rule.rollback == Rollback::None) // what is not kept from now on must not count later
            record.newest = {};
        save(session, name, record);
        taken.emplace(name, std::move(record));
    }
    transaction.commit();
    return taken;
}

void VolumeBook::give_back(std::string_view session, ByName<Volume> const& volumes, Hash const& holder)
{
    Transaction transaction(database_);
    for (auto const& [name, rule] : volumes) {
        auto record = load(session, name);
        if (!record || record->holder != holder)
            continue;
        record->holder = kNobody;
        save(session, name, *record);
    }
    transaction.commit();
}

// A lease that ran out is still its holder's, until another one takes over.
std::optional<Denial> VolumeBook::update(StateToKeep const& wanted, VolumeHolder const& holder)
{
    auto record = load(wanted.session, wanted.volume);
    if (!record || record->holder != holder.key)
        return lease_lost(wanted.volume);
    if (wanted.state.sequence <= record->newest.sequence && wanted.state != record->newest)
        return older_state(wanted.volume, record->newest);
    record->newest = wanted.state;
    record->holder = wanted.is_last ? kNobody : holder.key;
    record->held_until = end_of_lease(holder);
    save(wanted.session, wanted.volume, *record);
    return {};
}

std::optional<Denial> VolumeBook::keep(StateToKeep const& wanted, VolumeHolder const& holder)
{
    Transaction transaction(database_);
    auto denial = update(wanted, holder);
    if (!denial)
        transaction.commit();
    return denial;
}

std::vector<KeptOrDenied> VolumeBook::keep_all(std::span<ToldState const> told, std::chrono::seconds lease)
{
    std::vector<KeptOrDenied> answers;
    Transaction transaction(database_);
    for (auto const& [state, teller] : told) {
        if (auto denial = update(state, { teller, lease }))
            answers.emplace_back(std::move(*denial));
        else
            answers.emplace_back(state.is_last ? std::chrono::seconds(0) : lease);
    }
    transaction.commit();
    return answers;
}

ByName<VolumeRecord> VolumeBook::of_session(std::string_view session) const
{
    ByName<VolumeRecord> volumes;
    Statement query(database_, "SELECT name, sealed FROM volumes WHERE session = ?");
    query.bind(1, session);
    while (query.step()) {
        std::string name(query.text(0));
        auto record = opened(session, name, query.bytes(1));
        volumes.emplace(std::move(name), std::move(record));
    }
    return volumes;
}

VolumeRecord VolumeBook::one(std::string_view session, std::string_view volume) const
{
    auto record = load(session, volume);
    if (!record)
        throw no_such_volume(session, volume);
    return std::move(*record);
}

template <typename Change>
void VolumeBook::change(char const* event, std::string_view session, std::string_view volume,
    Ed25519Point const& caller, Change const& change)
{
    Transaction transaction(database_);
    auto record = one(session, volume);
    change(record);
    save(session, volume, record);
    audit_.record(
        database_, key_, { event, { { "session", session }, { "volume", volume }, { "caller", to_hex(caller) } } });
    transaction.commit();
}

void VolumeBook::break_lease(std::string_view session, std::string_view volume, Ed25519Point const& caller)
{
    change("volume lease broken", session, volume, caller, [](VolumeRecord& record) { record.holder = kNobody; });
}

void VolumeBook::forget_state(std::string_view session, std::string_view volume, Ed25519Point const& caller)
{
    change("volume state forgotten", session, volume, caller, [](VolumeRecord& record) { record.newest = {}; });
}

void VolumeBook::make(std::string_view session, std::string_view volume, Ed25519Point const& caller)
{
    Transaction transaction(database_);
    if (load(session, volume))
        return;
    save(session, volume, make_volume());
    audit_.record(database_, key_,
        { "volume made", { { "session", session }, { "volume", volume }, { "caller", to_hex(caller) } } });
    transaction.commit();
}

void VolumeBook::renew(
    std::string_view session, std::string_view volume, VolumeRenewal const& renewal, Ed25519Point const& caller)
{
    change("volume key replaced", session, volume, caller, [&](VolumeRecord& record) {
        if (is_held(record))
            throw StoreRefusal(StoreRefusal::Reason::VolumeInUse,
                fmt::format("volume {} is an enclave's until {}, or longer if that one still runs", volume,
                    time_as_text(static_cast<time_t>(record.held_until))));
        if (record.newest != renewal.known)
            throw StoreRefusal(StoreRefusal::Reason::OtherState,
                fmt::format("volume {} was written to meanwhile: it is at commit {}", volume, record.newest.sequence));
        record.key = renewal.key;
        record.newest = renewal.state;
        record.holder = kNobody;
    });
}

void VolumeBook::remove_all(std::string_view session)
{
    Statement(database_, "DELETE FROM volumes WHERE session = ?").bind(1, session).step();
}

} // namespace farl::owner
