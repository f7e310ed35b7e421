// VolumeBook: the volumes of a CAS's sessions, in its store: their keys, their newest states, and which enclave may
// write each of them. That is one at a time, for as long as its lease lasts; who has the lease is known by its key
// (holder_of()), and a state is kept only if it comes from there and is newer. One thread at a time.
#pragma once

#include "owner/cas/audit_log.h"
#include "owner/cas/verdict.h"
#include "owner/cas/volume_record.h"

#include <chrono>

namespace farl::owner {

// Who wants to write, and for how long after each time that it is heard of.
struct VolumeHolder {
    Hash key;
    std::chrono::seconds lease;
};

struct StateToKeep {
    std::string_view session;
    std::string_view volume;
    VolumeState state;
    bool is_last { false }; // the holder gives the volume back
};

// With the key of who tells it.
struct ToldState {
    StateToKeep state;
    Hash teller;
};
// How much longer the volume is the teller's, or why that is not so.
using KeptOrDenied = std::variant<std::chrono::seconds, Denial>;

// Of a volume whose owner has written its store anew.
struct VolumeRenewal {
    Secret key;
    VolumeState known; // the newest one when it began
    VolumeState state; // of the store
};

class VolumeBook {
public:
    // All of it outlives this.
    VolumeBook(Database& database, MasterKey const& key, AuditLog& audit, AuditLog::Clock clock)
        : database_(database),
          key_(key),
          audit_(audit),
          clock_(clock)
    {
    }
    static void create_table(Database& database);

    // All of a service's volumes for this holder, or none, and why. They are made the first time.
    std::variant<ByName<VolumeRecord>, Denial> take(
        std::string_view session, ByName<Volume> const& wanted, VolumeHolder const& holder);
    // What `holder` has of these is nobody's again.
    void give_back(std::string_view session, ByName<Volume> const& volumes, Hash const& holder);
    // Keeps a newer state, durably, or the same one, and prolongs the lease.
    std::optional<Denial> keep(StateToKeep const& wanted, VolumeHolder const& holder);
    // The same with several, one after the other, but made durable at once: all that are kept, or, if it throws, none.
    std::vector<KeptOrDenied> keep_all(std::span<ToldState const> told, std::chrono::seconds lease);

    // For the session's owner. Throw StoreRefusal if there is no such volume.
    ByName<VolumeRecord> of_session(std::string_view session) const;
    VolumeRecord one(std::string_view session, std::string_view volume) const;
    // Nobody has it: what its holder still sends is refused.
    void break_lease(std::string_view session, std::string_view volume, Ed25519Point const& caller);
    // Any state of the volume counts as the newest then: an older copy can be used.
    void forget_state(std::string_view session, std::string_view volume, Ed25519Point const& caller);
    // A volume that no service has had yet. Nothing changes if it is there.
    void make(std::string_view session, std::string_view volume, Ed25519Point const& caller);
    // It has another key. StoreRefusal also if an enclave has it, or has written to it since.
    void renew(
        std::string_view session, std::string_view volume, VolumeRenewal const& renewal, Ed25519Point const& caller);
    bool is_held(VolumeRecord const& record) const;

    // Within a transaction: the session is gone.
    void remove_all(std::string_view session);

private:
    std::optional<VolumeRecord> load(std::string_view session, std::string_view volume) const;
    void save(std::string_view session, std::string_view volume, VolumeRecord const& record);
    VolumeRecord opened(std::string_view session, std::string_view volume, std::span<std::byte const> sealed) const;
    template <typename Change>
    void change(char const* event, std::string_view session, std::string_view volume, Ed25519Point const& caller,
        Change const& change);
    std::optional<Denial> update(StateToKeep const& wanted, VolumeHolder const& holder);
    uint64_t end_of_lease(VolumeHolder const& holder) const;

    Database& database_;
    MasterKey const& key_;
    AuditLog& audit_;
    AuditLog::Clock clock_;
};

} // namespace farl::owner
