// What `farl inspect` says of an enclave: of its file, its measurement stream and its SIGSTRUCT, and whether they are
// of one enclave.
#pragma once

#include "abi/sgx/sigstruct.h"
#include "owner/inspect/measurement_stream.h"

#include <optional>
#include <string>

namespace farl::owner {

struct EnclaveParts {
    std::string path;                      // of the first part, for the report
    std::optional<EnclaveOutline> enclave; // from the ELF file
    std::optional<EnclaveOutline> stream;
    std::optional<sgx::SigStruct> signature;
    std::vector<uint64_t> enclu_sites;
    uint64_t entry { 0 };

    // Everything that keeps them from being one soundly signed enclave; empty if nothing does.
    std::vector<std::string> defects() const;
};

std::string report_as_text(EnclaveParts const& parts);
std::string report_as_json(EnclaveParts const& parts); // one object, on one line

} // namespace farl::owner
