#include "owner/cas/audit_log.h"

#include "owner/cas/sealed_values.h"

#include <cstring>

namespace farl::owner {

namespace {

constexpr char const* kSchema =
    "CREATE TABLE IF NOT EXISTS audit(number INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT, WITHOUT ROWID";
constexpr char const* kSignerName = "audit key";
constexpr char const* kHeadName = "audit head";

} // namespace

AuditLog::AuditLog(Database& database, MasterKey const& key, Clock clock)
    : signer_(load_or_make_key(database, key, kSignerName)),
      clock_(clock)
{
    database.execute(kSchema);
    if (head(database, key).count == 0)
        record(database, key, first_event(signer_.point()));
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
