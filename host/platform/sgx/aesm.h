// Aesm: a client of Intel's Architectural Enclave Service Manager (aesmd with its quote-ex plug-in), which makes DCAP
// quotes. One request for each connection of its socket: four bytes of size, little-endian, then a Request of its
// messages.proto; the same way back. What it answers is checked for its form only: who verifies the quote is the judge.
#pragma once

#include "abi/sgx/report.h"
#include "base/result.h"

#include <mutex>
#include <string>
#include <vector>

namespace farl::host {

inline constexpr char kAesmSocket[] = "/var/run/aesmd/aesm.socket";

class Aesm {
public:
    explicit Aesm(std::string socket = kAesmSocket, unsigned timeout_s = 60)
        : socket_(std::move(socket)),
          timeout_s_(timeout_s)
    {
    }

    // The quoting enclave, as the target of reports. Makes the service have its attestation key, which the first time
    // may take it a request over the network. Errors: what connect(2) gives; EPROTO for an answer that is none; EAGAIN
    // if the service is busy; EACCES if it does not believe the report; ENODEV if it has no SGX, or no ECDSA key that
    // works; EIO for its other errors.
    Result<sgx::TargetInfo> target();
    Result<std::vector<std::byte>> quote(sgx::Report const& report);

private:
    using Bytes = std::vector<std::byte>;

    // The field of the answer that belongs to the request's field, without an error in it.
    Result<Bytes> ask(uint32_t field, Bytes const& request) const;
    Result<Bytes> exchange(Bytes const& request) const;
    Result<Bytes> ecdsa_key();
    Result<Bytes> fetch_ecdsa_key() const;

    std::string socket_;
    unsigned timeout_s_;
    std::mutex mutex_;
    Bytes key_; // the attestation key's id, once it is known
};

} // namespace farl::host
