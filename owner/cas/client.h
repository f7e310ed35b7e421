// Client: an owner's connection to a CAS.
#pragma once

#include "owner/cas/tls.h"

#include <nlohmann/json_fwd.hpp>

namespace farl::owner {

struct CasAddress {
    std::string endpoint;
    Ed25519Point key; // that the CAS has to show
};

class Client {
public:
    // Throws UserError.
    Client(CasAddress const& address, Ed25519Key const& key);
    Client(Client const&) = delete;
    ~Client() { stream_.end(); }

    // The answer, which may be a refusal. Throws UserError if there is none.
    nlohmann::ordered_json request(nlohmann::ordered_json const& message);

private:
    static TlsStream connect(CasAddress const& address, TlsContext const& context);

    std::string endpoint_;
    TlsContext context_;
    TlsStream stream_;
};

} // namespace farl::owner
