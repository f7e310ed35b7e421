// EREPORT and EGETKEY: SDM vol. 3D, "ENCLU", "EREPORT", "EGETKEY".
#pragma once

#include "host/platform/emulator/fault.h"
#include "host/platform/emulator/keys.h"

namespace farl::host {

// What EGETKEY leaves in RAX.
enum class KeyStatus : uint32_t {
    Success = 0,
    InvalidAttribute = 2,
    InvalidCpuSvn = 32,
    InvalidIsvSvn = 64,
    InvalidKeyName = 256,
};

// The report of the enclave with this SECS, for the enclave `target` on this machine.
sgx::Report ereport(
    PlatformKeys const& keys, sgx::Secs const& secs, sgx::TargetInfo const& target, sgx::ReportData const& data);

// `status` is set, and `key` if it is Success, if there is no fault.
LeafFault egetkey(
    PlatformKeys const& keys, sgx::Secs const& secs, sgx::KeyRequest const& request, KeyStatus& status, Key& key);

// The key that reports for the enclave are made with.
Key report_key(PlatformKeys const& keys, sgx::TargetInfo const& target, std::array<std::byte, 32> const& key_id);

// Who an enclave is, as the target of a report.
sgx::TargetInfo target_info(sgx::Secs const& secs);

} // namespace farl::host
