// What EREPORT and EGETKEY read and write. SDM vol. 3D, "REPORT", "TARGETINFO", "KEYREQUEST".
#pragma once

#include "abi/sgx/secs.h"

namespace farl::sgx {

using ReportData = std::array<std::byte, 64>;

struct TargetInfo {
    Hash measurement {};
    Attributes attributes;
    uint8_t cet_attributes { 0 };
    uint8_t reserved1 { 0 };
    uint16_t config_svn { 0 };
    uint32_t misc_select { 0 };
    uint8_t reserved2[8] {};
    std::array<std::byte, 64> config_id {};
    uint8_t reserved3[384] {};
};
static_assert(sizeof(TargetInfo) == 512);
static_assert(offsetof(TargetInfo, misc_select) == 52);
static_assert(offsetof(TargetInfo, config_id) == 64);

// What a report says of an enclave, without what only its target can check. Quotes hold it as well.
struct ReportBody {
    std::array<std::byte, 16> cpu_svn;
    uint32_t misc_select;
    uint8_t cet_attributes;
    uint8_t reserved1[11];
    std::array<std::byte, 16> isv_ext_prod_id;
    Attributes attributes;
    Hash mrenclave;
    uint8_t reserved2[32];
    Hash mrsigner;
    uint8_t reserved3[32];
    std::array<std::byte, 64> config_id;
    uint16_t isv_prod_id;
    uint16_t isv_svn;
    uint16_t config_svn;
    uint8_t reserved4[42];
    std::array<std::byte, 16> isv_family_id;
    ReportData report_data;
};
static_assert(sizeof(ReportBody) == 384);
static_assert(offsetof(ReportBody, isv_ext_prod_id) == 32);
static_assert(offsetof(ReportBody, attributes) == 48);
static_assert(offsetof(ReportBody, mrenclave) == 64);
static_assert(offsetof(ReportBody, mrsigner) == 128);
static_assert(offsetof(ReportBody, config_id) == 192);
static_assert(offsetof(ReportBody, isv_prod_id) == 256);
static_assert(offsetof(ReportBody, isv_family_id) == 304);
static_assert(offsetof(ReportBody, report_data) == 320);

// Aligned to 512 bytes where EREPORT writes it. The MAC covers the body.
struct Report {
    ReportBody body;
    std::array<std::byte, 32> key_id;
    std::array<std::byte, 16> mac;
};
static_assert(sizeof(Report) == 432);
static_assert(offsetof(Report, key_id) == 384);
static_assert(offsetof(Report, mac) == 416);

enum class KeyName : uint16_t {
    EinitToken = 0,
    Provision = 1,
    ProvisionSeal = 2,
    Report = 3,
    Seal = 4,
};
inline constexpr uint16_t kKeyPolicyMrenclave = 1 << 0;
inline constexpr uint16_t kKeyPolicyMrsigner = 1 << 1;

struct KeyRequest {
    KeyName key_name {};
    uint16_t key_policy { 0 };
    uint16_t isv_svn { 0 };
    uint8_t cet_attributes_mask { 0 };
    uint8_t reserved1 { 0 };
    std::array<std::byte, 16> cpu_svn {};
    Attributes attribute_mask;
    std::array<std::byte, 32> key_id {};
    uint32_t misc_mask { 0 };
    uint16_t config_svn { 0 };
    uint8_t reserved2[434] {};
};
static_assert(sizeof(KeyRequest) == 512);
static_assert(offsetof(KeyRequest, cpu_svn) == 8);
static_assert(offsetof(KeyRequest, attribute_mask) == 24);
static_assert(offsetof(KeyRequest, key_id) == 40);
static_assert(offsetof(KeyRequest, misc_mask) == 72);
static_assert(offsetof(KeyRequest, reserved2) == 78);

} // namespace farl::sgx
