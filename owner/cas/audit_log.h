// AuditLog: the audit log of a CAS in its database. What is recorded in a transaction is durable together with what it
// is about, or neither is.
#pragma once

#include "owner/cas/audit_chain.h"
#include "owner/cas/database.h"
#include "owner/keys/master_key.h"

#include <functional>

namespace farl::owner {

class AuditLog {
public:
    using Clock = time_t (*)(time_t*);

    // Within a transaction: makes the log and its key if they are not there. Throws DatabaseError, also if the last
    // lines were removed from the database.
    AuditLog(Database& database, MasterKey const& key, Clock clock);

    // Within a transaction.
    void record(Database& database, MasterKey const& key, AuditEvent const& event);

    Ed25519Point key() const { return signer_.point(); }

    // Each line with its line feed, then the end. Others may record meanwhile; what they do is not in it.
    void for_each_line(Database& database, std::function<void(std::string_view)> const& take) const;

private:
    AuditHead head(Database& database, MasterKey const& key) const;

    Ed25519Key signer_;
    Clock clock_;
};

} // namespace farl::owner
