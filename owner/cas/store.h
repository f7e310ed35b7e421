// Store: the sessions of a CAS and what was made for them, in one SQLite database, sealed under a master key. What a
// call has returned is durable. One thread at a time; several processes may share a database.
#pragma once

#include "owner/cas/audit_log.h"
#include "owner/cas/session_record.h"
#include "owner/cas/store_refusal.h"
#include "owner/cas/ticket_keys.h"
#include "owner/cas/volume_book.h"
#include "owner/keys/master_key.h"
#include "owner/policy/approval.h"

namespace farl::owner {

struct StoredSession {
    uint64_t version;
    Ed25519Point owner;
    Session session;
    ByName<Material> materials; // what was made for it
};

// What a service seals its session tickets with, and until when by the clock of the CAS.
struct GivenTickets {
    Secret keys; // TicketKeys::joined(); empty: it has none
    time_t until { 0 };
};

struct Receipt {
    uint64_t version;
    Hash hash; // what the next version has to name as its predecessor
};

class Store {
public:
    using Clock = AuditLog::Clock;

    // Throws DatabaseError, also for another master key than the one that the database was made with.
    Store(std::string const& path, MasterKey key, Clock clock = ::time);

    // Creates a session, or replaces the one that the text names as its predecessor. `caller` is the key that the
    // caller connected with. A new session needs the approvals that it asks for itself; an update those that
    // its predecessor asks for, or, if that asks for none, the same owner. Throws PolicyError, StoreRefusal,
    // DatabaseError.
    Receipt put(Secret const& text, Ed25519Point const& caller, std::vector<Approval> const& approvals);

    // Removes the session of this hash, with all that was made for it. Needs the approvals that it asks for, of
    // removal_hash(), or its owner. Returns what a session that takes its place has to name as its predecessor. Throws
    // StoreRefusal, DatabaseError.
    Hash remove(
        std::string_view name, Hash const& hash, Ed25519Point const& caller, std::vector<Approval> const& approvals);

    std::optional<StoredSession> session(std::string_view name) const;
    std::vector<std::string> session_names() const;
    // Gives certificates of the session, and of those that it imports from, successors if they end soon, durably, in
    // `stored` too. Throws StoreRefusal for an authority that is not exported any more.
    void renew_certificates(StoredSession& stored);

    // Counts one more start of a service in this version of its session, durably, so that no other gets it. False, and
    // nothing is counted, if there were `most`.
    bool take_start(StoredSession const& stored, std::string_view service, uint32_t most);

    // Of a service of the session: made the first time, and new ones whenever those there have had their `life`.
    GivenTickets tickets(StoredSession const& stored, std::string_view service, std::chrono::seconds life);

    // Of all its sessions.
    VolumeBook volumes() { return { database_, key_, *audit_, clock_ }; }

    // By its clock.
    time_t now() const { return clock_(nullptr); }

    // Durable when it returns. What put() decides is recorded already.
    void record(AuditEvent const& event);
    AuditLog const& audit() const { return *audit_; }
    // What the CAS shows to those who connect.
    Ed25519Key server_key();
    // The audit log as a file of lines, complete.
    void export_audit(std::function<void(std::string_view)> const& take) const;

    // One secret as a service of the session gets it, imported or its own. Throws StoreRefusal.
    Secret secret(StoredSession const& stored, SecretReference const& reference) const;
    Secret secret(std::string_view session, SecretReference const& reference) const;

private:
    void open_format();
    void check_master_key();
    Receipt replace(
        Session const& session, Secret const& text, Ed25519Point const& caller, std::vector<Approval> const& approvals);
    Hash erase(
        std::string_view name, Hash const& hash, Ed25519Point const& caller, std::vector<Approval> const& approvals);
    void renew_own_certificates(StoredSession& stored);
    std::optional<Hash> removal_mark(std::string_view name);
    // What `change` returns; a refusal is recorded first.
    template <typename Change>
    auto recorded(std::string_view session, Ed25519Point const& caller, Change const& change);
    std::optional<SessionRecord> load(std::string_view name) const;
    void save(std::string_view name, SessionRecord const& record);
    // Throws StoreRefusal unless it is exported to the session `importer` of that owner.
    Material import(std::string_view importer, Ed25519Point const& owner, ImportedSecret const& wanted) const;

    MasterKey key_;
    Clock clock_;
    mutable Database database_;
    std::optional<AuditLog> audit_; // there, once the store is open
};

} // namespace farl::owner
