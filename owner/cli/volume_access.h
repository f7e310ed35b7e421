// How a command about a volume finds its store, and its key: in a file, at the CAS that keeps it, or where `farl run`
// keeps those of volumes without a session.
#pragma once

#include "owner/cli/cas_connection.h"
#include "owner/volume/store_reader.h"

namespace farl::owner {

struct VolumeSecrets {
    Secret key;
    // What a CAS knows besides, as the one of `farl run` does.
    std::optional<VolumeId> id;
    std::optional<StoreState> newest;
    uint64_t held_until { 0 }; // an enclave's, until then; 0: nobody's
};

class VolumeAccess {
public:
    void add_options(CLI::App& app);
    // After the options were read, as all below. Throw UserError.
    void check(char const* command) const;

    std::string const& path() const { return path_; }
    std::string const& key_file() const { return key_file_; }
    bool is_at_cas() const { return !volume_.empty(); }
    bool is_in_file() const { return !key_file_.empty(); }
    VolumeSecrets secrets() const;

    void make() const; // of a volume at a CAS
    // Of one whose key is in no file.
    void replace_key(Secret const& key, StoreState const& known, StoreState const& state) const;

private:
    nlohmann::ordered_json request(char const* kind) const;

    std::string path_, key_file_, volume_;
    CasConnection cas_;
};

// Of a file with 64 hexadecimal digits that others may not read. Throw UserError.
Secret volume_key_in(std::string const& path);
Secret volume_key_in_or_made(std::string const& path);
// 32 bytes at random, and an id.
Secret random_volume_key();
VolumeId random_volume_id();

// A store that was opened, and all that belongs to it.
class OpenedVolume {
public:
    // Throws UserError for what is no volume, or not of this key.
    OpenedVolume(std::string const& path, VolumeSecrets const& secrets);
    OpenedVolume(OpenedVolume const&) = delete;

    StoreFile& file() { return file_; }
    VolumeId const& id() const { return id_; }
    StoreReader const& store() const { return *store_; }

private:
    StoreFile file_;
    VolumeId id_;
    VolumeSeals seals_;
    std::optional<StoreReader> store_;
};

// How a store and the newest state that a CAS knows go together: "the CAS knows commit 7: the store has gone on". Empty
// if an enclave would refuse it.
std::string relation(StoreReader const& store, StoreState const& newest);
// Why it would.
std::string why_refused(StoreReader const& store, StoreState const& newest);

} // namespace farl::owner
