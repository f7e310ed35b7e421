// The audit log as text: one JSON object a line, each with the hash of the line before and a signature. docs/formats/
// audit-log.md describes it. Pure: where the lines are kept is audit_log.h.
#pragma once

#include "owner/keys/ed25519_key.h"
#include "owner/policy/session.h"

#include <ctime>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace farl::owner {

// What happened, with what is told about it. Never secrets, nor the hash of a session, from which a weak one could be
// guessed.
struct AuditEvent {
    std::string name;
    nlohmann::ordered_json details;
};

// What the next line follows.
struct AuditHead {
    uint64_t count { 0 };
    Hash last {}; // of the last line; of zeros before the first
};

// The first line names the key, the last line of a complete log says that it is the end.
AuditEvent first_event(Ed25519Point const& key);
AuditEvent end_event();

// Without a line feed.
std::string audit_line(Ed25519Key const& key, AuditHead const& head, time_t now, AuditEvent const& event);
AuditHead head_after(AuditHead const& head, std::string_view line);

// What is wrong with a log, at which line, counted from 1.
class AuditDefect : public std::runtime_error {
public:
    AuditDefect(size_t line, std::string const& message) : std::runtime_error(message), line_(line) { }
    size_t line() const { return line_; }

private:
    size_t line_;
};

struct AuditSummary {
    uint64_t entries; // without the first and the last line
    Ed25519Point key; // that signed it: the caller has to know whether it is the right one
    std::string first_time, end_time;
};

// That nothing was changed, removed, added or cut off since the log was written. Throws AuditDefect.
AuditSummary verify_audit(std::string_view log);
// That `log` goes on where `earlier`, which was verified, ends. Throws AuditDefect.
void verify_extends(std::string_view log, std::string_view earlier);

} // namespace farl::owner
