#include "owner/cas/store.h"

#include "owner/cas/sealed_values.h"
#include "owner/cas/session_change.h"
#include "owner/cas/session_materials.h"
#include "owner/digest/digest.h"
#include "owner/keys/openssl.h"
#include "owner/policy/session_json.h"
#include "owner/policy/session_reader.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <openssl/rand.h>

namespace farl::owner {

namespace {

using Reason = StoreRefusal::Reason;

constexpr char const* kSchema = R"(
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions(name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
)";

constexpr char const* kKeyCheckName = "key check";
constexpr char const* kKeyCheck = "farl store 1";

std::string context_of(std::string_view session) { return fmt::format("farl store: session {}", session); }
std::string removal_name(std::string_view session) { return fmt::format("removed {}", session); }
std::string starts_name(std::string_view session, std::string_view service)
{
    return fmt::format("starts {}/{}", session, service);
}
std::string tickets_name(std::string_view session, std::string_view service)
{
    return fmt::format("tickets {}/{}", session, service);
}

} // namespace

Store::Store(std::string const& path, MasterKey key, Clock clock) : key_(std::move(key)), clock_(clock), database_(path)
{
    open_format();
}

void Store::open_format()
{
    Transaction transaction(database_);
    database_.execute(kSchema);
    VolumeBook::create_table(database_);
    check_master_key();
    audit_.emplace(database_, key_, clock_);
    transaction.commit();
}

void Store::check_master_key()
{
    Statement check(database_, "SELECT value FROM meta WHERE name = 'key check'");
    if (!check.step())
        save_sealed(database_, key_, kKeyCheckName, kKeyCheck);
    else if (!key_.open(check.bytes(0), sealing_context(kKeyCheckName)))
        throw DatabaseError(
            "the store was made with another master key, or is damaged; give the key that it was made with");
}

std::optional<SessionRecord> Store::load(std::string_view name) const
{
    Statement query(database_, "SELECT sealed FROM sessions WHERE name = ?");
    if (!query.bind(1, name).step())
        return {};
    auto opened = key_.open(query.bytes(0), context_of(name));
    auto record = opened ? decode_session_record(opened->reveal()) : std::nullopt;
    if (!record)
        throw DatabaseError(fmt::format("session {} is damaged in the store; restore the store from a copy", name));
    return record;
}

void Store::save(std::string_view name, SessionRecord const& record)
{
    auto sealed = key_.seal(encode(record).reveal(), context_of(name));
    Statement(database_, "INSERT OR REPLACE INTO sessions VALUES (?, ?)")
        .bind(1, name)
        .bind(2, std::span<std::byte const>(sealed))
        .step();
}

template <typename Change>
auto Store::recorded(std::string_view session, Ed25519Point const& caller, Change const& change)
{
    try {
        return change();
    } catch (StoreRefusal const& refusal) {
        record({ "session refused",
            { { "session", session }, { "reason", name_of(refusal.reason()) }, { "caller", to_hex(caller) } } });
        throw;
    }
}

Receipt Store::put(Secret const& text, Ed25519Point const& caller, std::vector<Approval> const& approvals)
{
    auto session = parse_session(text.reveal());
    return recorded(session.name, caller, [&] { return replace(session, text, caller, approvals); });
}

Hash Store::remove(
    std::string_view name, Hash const& hash, Ed25519Point const& caller, std::vector<Approval> const& approvals)
{
    return recorded(name, caller, [&] { return erase(name, hash, caller, approvals); });
}

std::optional<Hash> Store::removal_mark(std::string_view name)
{
    auto kept = load_sealed(database_, key_, removal_name(name).c_str());
    if (!kept)
        return {};
    Hash mark {};
    std::memcpy(mark.data(), kept->reveal().data(), std::min(mark.size(), kept->size()));
    return mark;
}

// What was sealed may still be in free pages of the database, as sealed as before.
Hash Store::erase(
    std::string_view name, Hash const& hash, Ed25519Point const& caller, std::vector<Approval> const& approvals)
{
    Transaction transaction(database_);
    auto stored = load(name);
    if (!stored)
        throw StoreRefusal(Reason::NoSuchSession, fmt::format("there is no session {}", name));
    auto current = parsed(std::move(*stored));
    if (current.hash != hash)
        throw StoreRefusal(Reason::WrongPredecessor,
            fmt::format(
                "session {} was changed: it is at version {}, which has another hash", name, current.record.version));
    auto approvers = check_right(current.session, &current, removal_hash(name, hash), caller, approvals);
    Statement(database_, "DELETE FROM sessions WHERE name = ?").bind(1, name).step();
    for (auto const& [service, rule] : current.session.services) {
        remove_sealed(database_, starts_name(name, service).c_str());
        remove_sealed(database_, tickets_name(name, service).c_str());
    }
    volumes().remove_all(name);
    RemovalMark mark;
    require(RAND_bytes(reinterpret_cast<unsigned char*>(mark.data()), mark.size()) == 1, "make random bytes");
    save_sealed(
        database_, key_, removal_name(name).c_str(), { reinterpret_cast<char const*>(mark.data()), mark.size() });
    audit_->record(database_, key_,
        { "session removed",
            { { "session", name }, { "version", current.record.version }, { "caller", to_hex(caller) },
                { "approved_by", approvers } } });
    transaction.commit();
    return mark;
}

Receipt Store::replace(
    Session const& session, Secret const& text, Ed25519Point const& caller, std::vector<Approval> const& approvals)
{
    Transaction transaction(database_);
    auto stored = load(session.name);
    auto current = stored ? std::optional(parsed(std::move(*stored))) : std::nullopt;
    auto const* replaced = current ? &*current : nullptr;
    check_predecessor(session, replaced, removal_mark(session.name));
    auto approvers =
        check_right(replaced ? replaced->session : session, replaced, session_hash(session), caller, approvals);

    SessionRecord record { .version = current ? current->record.version + 1 : 1,
        .owner = current ? current->record.owner : caller,
        .text = text };
    auto imported = [&](ImportedSecret const& secret) { return import(session.name, record.owner, secret); };
    auto old = current ? std::move(current->record.materials) : ByName<Material>();
    record.materials = make_materials(session, std::move(old), imported, clock_(nullptr));
    save(session.name, record);
    remove_sealed(database_, removal_name(session.name).c_str());
    audit_->record(database_, key_,
        { current ? "session updated" : "session created",
            { { "session", session.name }, { "version", record.version }, { "outline", to_hex(outline_hash(session)) },
                { "caller", to_hex(caller) }, { "approved_by", approvers } } });
    transaction.commit();
    return { record.version, session_hash(session) };
}

bool Store::take_start(StoredSession const& stored, std::string_view service, uint32_t most)
{
    struct Starts {
        uint64_t version;
        uint64_t count;
    };
    auto name = starts_name(stored.session.name, service);
    Transaction transaction(database_);
    Starts starts { stored.version, 0 };
    if (auto kept = load_sealed(database_, key_, name.c_str()); kept && kept->size() == sizeof starts)
        std::memcpy(&starts, kept->reveal().data(), sizeof starts);
    if (starts.version != stored.version)
        starts = { stored.version, 0 };
    if (starts.count >= most)
        return false;
    ++starts.count;
    save_sealed(database_, key_, name.c_str(), { reinterpret_cast<char const*>(&starts), sizeof starts });
    transaction.commit();
    return true;
}

GivenTickets Store::tickets(StoredSession const& stored, std::string_view service, std::chrono::seconds life)
{
    auto const name = tickets_name(stored.session.name, service);
    Transaction transaction(database_);
    auto const kept = load_sealed(database_, key_, name.c_str());
    auto keys = kept ? decode_ticket_keys(kept->reveal()) : std::nullopt;
    bool const is_new = !keys;
    if (is_new)
        keys = make_ticket_keys(now());
    if (rotate(*keys, now(), life) || is_new) {
        save_sealed(database_, key_, name.c_str(), encode(*keys).reveal());
        transaction.commit();
    }
    return { keys->joined(), static_cast<time_t>(keys->since) + life.count() };
}

void Store::record(AuditEvent const& event)
{
    Transaction transaction(database_);
    audit_->record(database_, key_, event);
    transaction.commit();
}

Ed25519Key Store::server_key()
{
    Transaction transaction(database_);
    auto made = load_or_make_key(database_, key_, "server key");
    transaction.commit();
    return made;
}

void Store::export_audit(std::function<void(std::string_view)> const& take) const
{
    audit_->for_each_line(database_, take);
}

std::optional<StoredSession> Store::session(std::string_view name) const
{
    auto record = load(name);
    if (!record)
        return {};
    auto session = parse_session(record->text.reveal());
    return StoredSession { record->version, record->owner, std::move(session), std::move(record->materials) };
}

// Another process may have been faster: what counts is in the store.
void Store::renew_own_certificates(StoredSession& stored)
{
    auto const& session = stored.session;
    auto imported = [&](ImportedSecret const& secret) { return import(session.name, stored.owner, secret); };
    auto copy = stored.materials;
    if (renew_materials(session, copy, imported, clock_(nullptr)).empty())
        return;
    Transaction transaction(database_);
    auto record = load(session.name);
    if (!record || record->version != stored.version)
        return;
    auto renewed = renew_materials(session, record->materials, imported, clock_(nullptr));
    save(session.name, *record);
    audit_->record(database_, key_,
        { "certificates renewed",
            { { "session", session.name }, { "version", record->version }, { "secrets", renewed } } });
    transaction.commit();
    stored.materials = std::move(record->materials);
}

// What is exported is a session's own, so these import nothing further that matters here.
void Store::renew_certificates(StoredSession& stored)
{
    for (auto const& [name, rule] : stored.session.secrets)
        if (auto const* imported = std::get_if<ImportedSecret>(&rule.source))
            if (auto exporter = session(imported->session))
                renew_own_certificates(*exporter);
    renew_own_certificates(stored);
}

std::vector<std::string> Store::session_names() const
{
    std::vector<std::string> names;
    Statement query(database_, "SELECT name FROM sessions ORDER BY name");
    while (query.step())
        names.emplace_back(query.text(0));
    return names;
}

Material Store::import(std::string_view importer, Ed25519Point const& owner, ImportedSecret const& wanted) const
{
    auto record = load(wanted.session);
    auto refuse = [&](Reason reason, char const* what) {
        throw StoreRefusal(reason, fmt::format("secret {} of session {}: {}", wanted.secret, wanted.session, what));
    };
    if (!record)
        refuse(Reason::NotExported, "there is no such session, or it does not export this");
    auto exporter = parse_session(record->text.reveal());
    auto rule = exporter.secrets.find(wanted.secret);
    auto is_for_importer = [&](Export const& item) {
        return item.session == importer && item.owner.value_or(record->owner) == owner;
    };
    if (rule == exporter.secrets.end() || std::ranges::none_of(rule->second.exports, is_for_importer))
        refuse(Reason::NotExported, "there is no such session, or it does not export this");
    return own_material(record->materials, exporter, wanted.secret);
}

Secret Store::secret(StoredSession const& stored, SecretReference const& reference) const
{
    auto const& session = stored.session;
    auto rule = session.secrets.find(reference.secret);
    if (rule == session.secrets.end())
        throw StoreRefusal(
            Reason::NoSuchSecret, fmt::format("session {} has no secret {}", session.name, reference.secret));
    auto const* imported = std::get_if<ImportedSecret>(&rule->second.source);
    auto material = imported ? import(session.name, stored.owner, *imported)
                             : own_material(stored.materials, session, reference.secret);
    auto part = material.part(reference.part);
    if (!part)
        throw StoreRefusal(Reason::NoSuchSecret,
            fmt::format("secret {} of session {} has no such part, or one that stays at the CAS", reference.secret,
                session.name));
    return std::move(*part);
}

Secret Store::secret(std::string_view name, SecretReference const& reference) const
{
    auto stored = session(name);
    if (!stored)
        throw StoreRefusal(Reason::NoSuchSession, fmt::format("there is no session {}", name));
    return secret(*stored, reference);
}

} // namespace farl::owner
