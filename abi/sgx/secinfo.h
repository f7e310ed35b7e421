// SECINFO: what kind of page EADD adds, and with which permissions; what EACCEPT expects a page to be. SDM vol. 3D,
// "SECINFO" and "PAGEINFO".
#pragma once

#include <cstddef>
#include <cstdint>

namespace farl::sgx {

enum class PageType : uint8_t {
    Secs = 0,
    Tcs = 1,
    Regular = 2,
    VersionArray = 3,
    Trim = 4,
};

inline constexpr uint64_t kPageRead = 1 << 0;
inline constexpr uint64_t kPageWrite = 1 << 1;
inline constexpr uint64_t kPageExecute = 1 << 2;
inline constexpr uint64_t kPagePermissions = kPageRead | kPageWrite | kPageExecute;
inline constexpr uint64_t kPagePending = 1 << 3;    // came by EAUG
inline constexpr uint64_t kPageModified = 1 << 4;   // EMODT changed its type
inline constexpr uint64_t kPageRestricted = 1 << 5; // PR: EMODPR took permissions
inline constexpr unsigned kPageTypeShift = 8;

// Operands in the enclave are aligned to 64.
struct SecInfo {
    uint64_t flags { 0 };
    uint64_t reserved[7] {};

    constexpr PageType type() const { return static_cast<PageType>(flags >> kPageTypeShift & 0xFF); }
    constexpr uint64_t permissions() const { return flags & kPagePermissions; }

    static constexpr SecInfo tcs() { return of(PageType::Tcs, 0); }
    static constexpr SecInfo regular(uint64_t permissions) { return of(PageType::Regular, permissions); }
    static constexpr SecInfo of(PageType type, uint64_t flags)
    {
        return { .flags = flags | static_cast<uint64_t>(type) << kPageTypeShift };
    }
};
static_assert(sizeof(SecInfo) == 64);

struct PageInfo {
    uint64_t linear_address;
    uint64_t source_page;
    uint64_t security_info;
    uint64_t secs;
};
static_assert(sizeof(PageInfo) == 32);

} // namespace farl::sgx
