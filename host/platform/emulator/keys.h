// The keys of the emulated processor: SDM vol. 3D, "EGETKEY" and the table of key dependencies. What fuses are to
// a processor, a secret of this machine's user is here; so they are worth what that file's permissions are worth.
#pragma once

#include "abi/sgx/report.h"
#include "base/result.h"

#include <span>
#include <string>
#include <string_view>

namespace farl::host {

using Key = std::array<std::byte, 16>;
using CpuSvn = std::array<std::byte, 16>;
using PlatformSecret = std::array<std::byte, 32>;

// Everything that a key may depend on. What a key does not depend on is zero.
struct KeyDependencies {
    sgx::KeyName name {};
    uint16_t key_policy { 0 };
    uint16_t isv_svn { 0 };
    uint16_t isv_prod_id { 0 };
    uint16_t config_svn { 0 };
    uint8_t cet_attributes { 0 };
    uint8_t cet_attributes_mask { 0 };
    uint32_t misc_select { 0 };
    uint32_t misc_mask { 0 };
    uint32_t reserved { 0 };
    CpuSvn cpu_svn {};
    sgx::Attributes attributes;
    sgx::Attributes attribute_mask;
    sgx::Hash mrenclave {};
    sgx::Hash mrsigner {};
    std::array<std::byte, 64> config_id {};
    std::array<std::byte, 32> key_id {};
};
static_assert(sizeof(KeyDependencies) == 24 + 16 + 32 + 32 + 32 + 64 + 32 && "hashed as bytes: no padding");

class PlatformKeys {
public:
    explicit PlatformKeys(PlatformSecret const& secret) : secret_(secret) { }
    // From `path`, or made there, readable by its owner alone. Without a path, or where none can be kept: one for this
    // process.
    static PlatformKeys load(std::string const& path);

    static constexpr CpuSvn kCpuSvn { std::byte { 1 } }; // there is one emulator
    Key derive(KeyDependencies const& dependencies) const;
    // For what the emulator needs besides a processor's keys, each by its name: as good as random.
    using Seed = std::array<std::byte, 48>;
    Seed derive_seed(std::string_view name) const;

private:
    PlatformSecret secret_;
};

// Those of this process: of the file that was named before the first use, if one was.
void set_platform_secret_file(std::string path);
PlatformKeys const& platform_keys();

// AES-CMAC: RFC 4493.
Key cmac(Key const& key, std::span<std::byte const> message);

} // namespace farl::host
