#include "host/platform/emulator/attestation.h"

#include <algorithm>

namespace farl::host {

namespace {

// Without KSS there are no other policies than these two.
constexpr uint16_t kKeyPolicies = sgx::kKeyPolicyMrenclave | sgx::kKeyPolicyMrsigner;
// Bits of ATTRIBUTES that every key depends on: SDM vol. 3D, "EGETKEY", TMP_ATTRIBUTES.
constexpr uint64_t kAlwaysIncluded = sgx::kAttributeInit | sgx::kAttributeDebug;

template <typename T>
bool is_zero(T const& bytes)
{
    return std::ranges::all_of(bytes, [](auto byte) { return byte == decltype(byte) {}; });
}

bool is_well_formed(sgx::KeyRequest const& request)
{
    return request.reserved1 == 0 && is_zero(request.reserved2) && !(request.key_policy & ~kKeyPolicies);
}

bool is_beyond(CpuSvn const& wanted, CpuSvn const& current)
{
    return !std::ranges::equal(wanted, current, std::ranges::less_equal {});
}

sgx::Attributes masked(sgx::Attributes const& attributes, sgx::Attributes const& mask)
{
    return { attributes.flags & mask.flags, attributes.xfrm & mask.xfrm };
}

// What seal and provisioning keys share.
KeyDependencies dependencies_of(sgx::Secs const& secs, sgx::KeyRequest const& request)
{
    sgx::Attributes mask { request.attribute_mask.flags | kAlwaysIncluded, request.attribute_mask.xfrm };
    return { .name = request.key_name,
        .isv_svn = request.isv_svn,
        .isv_prod_id = secs.isv_prod_id,
        .misc_select = secs.misc_select & request.misc_mask,
        .misc_mask = request.misc_mask,
        .cpu_svn = request.cpu_svn,
        .attributes = masked(secs.attributes, mask),
        .attribute_mask = request.attribute_mask };
}

KeyDependencies seal_dependencies(sgx::Secs const& secs, sgx::KeyRequest const& request)
{
    auto dependencies = dependencies_of(secs, request);
    dependencies.key_policy = request.key_policy;
    dependencies.key_id = request.key_id;
    if (request.key_policy & sgx::kKeyPolicyMrenclave)
        dependencies.mrenclave = secs.mrenclave;
    if (request.key_policy & sgx::kKeyPolicyMrsigner)
        dependencies.mrsigner = secs.mrsigner;
    return dependencies;
}

KeyDependencies provision_dependencies(sgx::Secs const& secs, sgx::KeyRequest const& request)
{
    auto dependencies = dependencies_of(secs, request);
    dependencies.mrsigner = secs.mrsigner;
    return dependencies;
}

KeyStatus check_svns(sgx::Secs const& secs, sgx::KeyRequest const& request)
{
    if (is_beyond(request.cpu_svn, PlatformKeys::kCpuSvn))
        return KeyStatus::InvalidCpuSvn;
    return request.isv_svn > secs.isv_svn ? KeyStatus::InvalidIsvSvn : KeyStatus::Success;
}

} // namespace

sgx::TargetInfo target_info(sgx::Secs const& secs)
{
    return { .measurement = secs.mrenclave,
        .attributes = secs.attributes,
        .cet_attributes = secs.cet_attributes,
        .config_svn = secs.config_svn,
        .misc_select = secs.misc_select,
        .config_id = secs.config_id };
}

Key report_key(PlatformKeys const& keys, sgx::TargetInfo const& target, std::array<std::byte, 32> const& key_id)
{
    return keys.derive({ .name = sgx::KeyName::Report,
        .config_svn = target.config_svn,
        .cet_attributes = target.cet_attributes,
        .misc_select = target.misc_select,
        .cpu_svn = PlatformKeys::kCpuSvn,
        .attributes = target.attributes,
        .mrenclave = target.measurement,
        .config_id = target.config_id,
        .key_id = key_id });
}

sgx::Report ereport(
    PlatformKeys const& keys, sgx::Secs const& secs, sgx::TargetInfo const& target, sgx::ReportData const& data)
{
    sgx::Report report {};
    report.body.cpu_svn = PlatformKeys::kCpuSvn;
    report.body.misc_select = secs.misc_select;
    report.body.cet_attributes = secs.cet_attributes;
    report.body.attributes = secs.attributes;
    report.body.mrenclave = secs.mrenclave;
    report.body.mrsigner = secs.mrsigner;
    report.body.config_id = secs.config_id;
    report.body.isv_prod_id = secs.isv_prod_id;
    report.body.isv_svn = secs.isv_svn;
    report.body.config_svn = secs.config_svn;
    report.body.report_data = data;
    // CR_REPORT_KEYID, which a processor changes at each start, is constant here: so a report lives as long as the
    // secret.
    report.mac = cmac(report_key(keys, target, report.key_id), std::as_bytes(std::span(&report.body, 1)));
    return report;
}

LeafFault egetkey(
    PlatformKeys const& keys, sgx::Secs const& secs, sgx::KeyRequest const& request, KeyStatus& status, Key& key)
{
    if (!is_well_formed(request))
        return general_protection();
    bool has_name = request.key_name <= sgx::KeyName::Seal;
    status = has_name ? KeyStatus::Success : KeyStatus::InvalidKeyName;
    if (!has_name)
        return kDone;
    if (request.key_name == sgx::KeyName::Report) {
        key = report_key(keys, target_info(secs), request.key_id);
        return kDone;
    }
    bool is_seal = request.key_name == sgx::KeyName::Seal;
    auto needed =
        request.key_name == sgx::KeyName::EinitToken ? sgx::kAttributeEinitTokenKey : sgx::kAttributeProvisionKey;
    if (!is_seal && !(secs.attributes.flags & needed))
        status = KeyStatus::InvalidAttribute;
    else
        status = check_svns(secs, request);
    if (status == KeyStatus::Success)
        key = keys.derive(is_seal ? seal_dependencies(secs, request) : provision_dependencies(secs, request));
    return kDone;
}

} // namespace farl::host
