// OwnerService: what a CAS answers to owners: sessions created, updated, removed and shown,
// keys of consoles, and how it is. One thread at a time.
// No connection: requests and answers are JSON (docs/formats/cas-protocol.md).
#pragma once

#include "owner/cas/store.h"

namespace farl::owner {

class OwnerService {
public:
    // The store has to outlive this.
    explicit OwnerService(Store& store) : store_(store) { }

    // `caller` is the key that the connection proved. Never throws for what the request holds.
    nlohmann::ordered_json answer(nlohmann::ordered_json request, Ed25519Point const& caller);

private:
    nlohmann::ordered_json put(nlohmann::ordered_json& request, Ed25519Point const& caller);
    nlohmann::ordered_json remove(nlohmann::ordered_json const& request, Ed25519Point const& caller);
    nlohmann::ordered_json show(nlohmann::ordered_json const& request, Ed25519Point const& caller) const;
    nlohmann::ordered_json console_key(nlohmann::ordered_json const& request, Ed25519Point const& caller);
    nlohmann::ordered_json status() const;

    Store& store_;
};

} // namespace farl::owner
