#include "owner/cas/audit_log.h"

#include "owner/digest/digest.h"

#include <cstring>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr char const* kSchema =
    "CREATE TABLE IF NOT EXISTS audit(number INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT, WITHOUT ROWID";
constexpr char const* kSignerName = "audit key";
constexpr char const* kHeadName = "audit head";

std::string context_of(char const* name) { return fmt::format("farl store: {}", name); }

std::optional<Secret> load_sealed(Database& database, MasterKey const& key, char const* name)
{
    Statement query(database, "SELECT value FROM meta WHERE name = ?");
    if (!query.bind(1, std::string_view(name)).step())
        return {};
    auto opened = key.open(query.bytes(0), context_of(name));
    if (!opened)
        throw DatabaseError(fmt::format("the {} is damaged in the store; restore the store from a copy", name));
    return opened;
}

void save_sealed(Database& database, MasterKey const& key, char const* name, std::string_view value)
{
    auto sealed = key.seal(value, context_of(name));
    Statement(database, "INSERT OR REPLACE INTO meta VALUES (?, ?)")
        .bind(1, std::string_view(name))
        .bind(2, std::span<std::byte const>(sealed))
        .step();
}

} // namespace

AuditLog::AuditLog(Database& database, MasterKey const& key, Clock clock)
    : signer_(load_or_make_signer(database, key)),
      clock_(clock)
{
    if (head(database, key).count == 0)
        record(database, key, first_event(signer_.point()));
}

Ed25519Key AuditLog::load_or_make_signer(Database& database, MasterKey const& key)
{
    database.execute(kSchema);
    if (auto seed = load_sealed(database, key, kSignerName))
        return Ed25519Key::from_seed(*seed);
    auto signer = Ed25519Key::generate();
    save_sealed(database, key, kSignerName, signer.seed().reveal());
    return signer;
}

// What the last line says, if it is the one that was recorded last.
AuditHead AuditLog::head(Database& database, MasterKey const& key) const
{
    AuditHead head;
    auto recorded = load_sealed(database, key, kHeadName);
    if (recorded && recorded->size() == sizeof head)
        std::memcpy(&head, recorded->reveal().data(), sizeof head);
    AuditHead found;
    Statement last(database, "SELECT number, line FROM audit ORDER BY number DESC LIMIT 1");
    if (last.step())
        found = head_after({ static_cast<uint64_t>(last.number(0)), {} }, last.text(1));
    if (found.count != head.count || found.last != head.last)
        throw DatabaseError(
            "the end of the audit log was changed or removed in the store; restore the store from a copy");
    return head;
}

void AuditLog::record(Database& database, MasterKey const& key, AuditEvent const& event)
{
    auto before = head(database, key);
    auto line = audit_line(signer_, before, clock_(nullptr), event);
    Statement(database, "INSERT INTO audit VALUES (?, ?)")
        .bind(1, static_cast<int64_t>(before.count))
        .bind(2, std::string_view(line))
        .step();
    auto after = head_after(before, line);
    save_sealed(database, key, kHeadName, { reinterpret_cast<char const*>(&after), sizeof after });
}

void AuditLog::for_each_line(Database& database, std::function<void(std::string_view)> const& take) const
{
    AuditHead head;
    Statement lines(database, "SELECT line FROM audit ORDER BY number");
    while (lines.step()) {
        std::string line(lines.text(0));
        head = head_after(head, line);
        take(line + '\n');
    }
    take(audit_line(signer_, head, clock_(nullptr), end_event()) + '\n');
}

} // namespace farl::owner
