// Trusted computing base: what a platform and its quoting enclave are made of, and what Intel says of such ones.
// Intel SGX Provisioning Certification Service, "Get TCB Info" and "Get Quoting Enclave Identity".
#pragma once

#include "abi/sgx/quote.h"

#include <optional>
#include <string>
#include <vector>

namespace farl::owner {

enum class TcbStatus {
    UpToDate,
    SwHardeningNeeded,
    ConfigurationNeeded,
    ConfigurationAndSwHardeningNeeded,
    OutOfDate,
    OutOfDateConfigurationNeeded,
    Revoked,
};
// As Intel spells them: "UpToDate", "SWHardeningNeeded", ...
char const* name_of(TcbStatus status);
std::optional<TcbStatus> tcb_status_from(std::string_view name);

// The status of a platform whose quoting enclave has that of its own: the worse of what both say.
TcbStatus merge(TcbStatus platform, TcbStatus quoting_enclave);

// From the extension of a platform's certificate.
struct PlatformTcb {
    std::array<uint8_t, 16> components {};
    uint16_t pce_svn { 0 };
};

struct TcbLevel {
    PlatformTcb least;
    uint16_t least_isv_svn { 0 }; // of a quoting enclave
    TcbStatus status {};
    std::string date;
    std::vector<std::string> advisory_ids;
};

// Levels are ordered, the newest first: the first that is reached counts.
TcbLevel const* level_of(PlatformTcb const& tcb, std::vector<TcbLevel> const& levels);
TcbLevel const* level_of(uint16_t isv_svn, std::vector<TcbLevel> const& levels);

} // namespace farl::owner
