#include "owner/cas/store.h"

#include "owner/cas/sealed_values.h"
#include "owner/cas/session_materials.h"
#include "owner/digest/digest.h"
#include "owner/policy/session_json.h"
#include "owner/policy/session_reader.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

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

struct Current {
    SessionRecord record;
    Session session;
    Hash hash;
};

Current parsed(SessionRecord record)
{
    auto session = parse_session(record.text.reveal());
    auto hash = session_hash(session);
    return { std::move(record), std::move(session), hash };
}

void check_predecessor(Session const& session, Current const* current)
{
    if (!current && session.predecessor)
        throw StoreRefusal(Reason::NoSuchSession,
            fmt::format("there is no session {} to replace; leave `predecessor` out to create it", session.name));
    if (current && !session.predecessor)
        throw StoreRefusal(Reason::Exists,
            fmt::format(
                "session {} exists; an update names the hash of what it replaces as `predecessor`", session.name));
    if (current && *session.predecessor != current->hash)
        throw StoreRefusal(Reason::WrongPredecessor,
            fmt::format(
                "session {} was changed: it is at version {}, which is not the `predecessor` that this update names; "
                "look at it, and repeat the change on top of it",
                session.name, current->record.version));
}

// Returns who has approved.
std::vector<std::string> check_right(
    Session const& session, Current const* current, Ed25519Point const& caller, std::vector<Approval> const& approvals)
{
    auto const& rule = current ? current->session.approvals : session.approvals;
    auto hash = session_hash(session);
    auto approvers = approvers_of(rule, approvals, hash);
    if (approvers.size() < rule.needed)
        throw StoreRefusal(Reason::NotApproved,
            fmt::format("{} of {} needed approvals for session hash {}; `farl policy approve` makes one",
                approvers.size(), rule.needed, to_hex(hash)));
    if (current && !rule.needed && current->record.owner != caller)
        throw StoreRefusal(Reason::NotOwner, fmt::format("session {} belongs to another owner", session.name));
    return approvers;
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

Receipt Store::put(Secret const& text, Ed25519Point const& caller, std::vector<Approval> const& approvals)
{
    auto session = parse_session(text.reveal());
    try {
        return replace(session, text, caller, approvals);
    } catch (StoreRefusal const& refusal) {
        record({ "session refused",
            { { "session", session.name }, { "reason", name_of(refusal.reason()) }, { "caller", to_hex(caller) } } });
        throw;
    }
}

Receipt Store::replace(
    Session const& session, Secret const& text, Ed25519Point const& caller, std::vector<Approval> const& approvals)
{
    Transaction transaction(database_);
    auto stored = load(session.name);
    auto current = stored ? std::optional(parsed(std::move(*stored))) : std::nullopt;
    check_predecessor(session, current ? &*current : nullptr);
    auto approvers = check_right(session, current ? &*current : nullptr, caller, approvals);

    SessionRecord record { .version = current ? current->record.version + 1 : 1,
        .owner = current ? current->record.owner : caller,
        .text = text };
    auto imported = [&](ImportedSecret const& secret) { return import(session.name, record.owner, secret); };
    auto old = current ? std::move(current->record.materials) : ByName<Material>();
    record.materials = make_materials(session, std::move(old), imported, clock_(nullptr));
    save(session.name, record);
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
    auto name = fmt::format("starts {}/{}", stored.session.name, service);
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
