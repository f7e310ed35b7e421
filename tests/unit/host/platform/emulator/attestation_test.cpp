#include "host/platform/emulator/attestation.h"

#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>

namespace farl::host {

namespace {

PlatformKeys const kKeys { PlatformSecret { std::byte { 1 } } };

sgx::Hash hash(int number) { return { static_cast<std::byte>(number) }; }

sgx::Secs enclave(int measurement, int signer = 1)
{
    sgx::Secs secs;
    secs.mrenclave = hash(measurement);
    secs.mrsigner = hash(signer);
    secs.isv_svn = 3;
    secs.attributes = { sgx::kAttributeInit | sgx::kAttributeMode64Bit, sgx::kXfrmLegacy };
    return secs;
}

bool is_for(sgx::Secs const& secs, sgx::Report const& report)
{
    auto covered = std::as_bytes(std::span(&report.body, 1));
    return cmac(report_key(kKeys, target_info(secs), report.key_id), covered) == report.mac;
}

struct Answer {
    LeafFault fault;
    KeyStatus status {};
    Key key {};
};

Answer key(sgx::Secs const& secs, sgx::KeyRequest const& request, PlatformKeys const& keys = kKeys)
{
    Answer answer;
    answer.fault = egetkey(keys, secs, request, answer.status, answer.key);
    return answer;
}

sgx::KeyRequest seal(uint16_t policy)
{
    return { .key_name = sgx::KeyName::Seal, .key_policy = policy, .attribute_mask = { ~0ull, ~0ull } };
}

} // namespace

// RFC 4493, section 4.
TEST(Cmac, gives_the_rfcs_values)
{
    Key key;
    std::array<unsigned char, 16> const bytes { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88,
        0x09, 0xcf, 0x4f, 0x3c };
    std::memcpy(key.data(), bytes.data(), key.size());
    std::array<unsigned char, 16> const expected { 0xbb, 0x1d, 0x69, 0x29, 0xe9, 0x59, 0x37, 0x28, 0x7f, 0xa3, 0x7d,
        0x12, 0x9b, 0x75, 0x67, 0x46 };
    auto mac = cmac(key, {});
    EXPECT_EQ(std::memcmp(mac.data(), expected.data(), mac.size()), 0);
}

TEST(Ereport, is_verified_by_its_target_alone)
{
    auto report = ereport(kKeys, enclave(1), target_info(enclave(2)), { std::byte { 7 } });
    EXPECT_EQ(report.body.mrenclave, hash(1));
    EXPECT_EQ(report.body.report_data[0], std::byte { 7 });
    EXPECT_TRUE(is_for(enclave(2), report));
    EXPECT_FALSE(is_for(enclave(3), report));
    auto debugged = enclave(2);
    debugged.attributes.flags |= sgx::kAttributeDebug;
    EXPECT_FALSE(is_for(debugged, report));
}

TEST(Ereport, with_any_byte_changed_is_not_verified)
{
    auto const report = ereport(kKeys, enclave(1), target_info(enclave(2)), {});
    for (size_t i = 0; i < sizeof report.body; ++i) {
        auto changed = report;
        reinterpret_cast<uint8_t*>(&changed)[i] ^= 1;
        EXPECT_FALSE(is_for(enclave(2), changed)) << i;
    }
}

TEST(Egetkey, gives_the_report_key_of_the_caller)
{
    sgx::KeyRequest request { .key_name = sgx::KeyName::Report };
    EXPECT_EQ(key(enclave(2), request).key, report_key(kKeys, target_info(enclave(2)), {}));
}

TEST(Egetkey, binds_sealing_keys_to_what_the_policy_says)
{
    auto by_enclave = seal(sgx::kKeyPolicyMrenclave), by_signer = seal(sgx::kKeyPolicyMrsigner);
    EXPECT_EQ(key(enclave(1), by_enclave).key, key(enclave(1), by_enclave).key);
    EXPECT_NE(key(enclave(1), by_enclave).key, key(enclave(2), by_enclave).key);
    EXPECT_EQ(key(enclave(1), by_signer).key, key(enclave(2), by_signer).key);
    EXPECT_NE(key(enclave(1), by_signer).key, key(enclave(1, 2), by_signer).key);
    EXPECT_NE(key(enclave(1), by_signer).key, key(enclave(1), by_enclave).key);
}

TEST(Egetkey, separates_debug_enclaves_and_machines_and_key_ids)
{
    auto request = seal(sgx::kKeyPolicyMrsigner);
    request.attribute_mask = {};
    auto usual = key(enclave(1), request).key;
    auto debugged = enclave(1);
    debugged.attributes.flags |= sgx::kAttributeDebug;
    EXPECT_NE(key(debugged, request).key, usual);
    EXPECT_NE(key(enclave(1), request, PlatformKeys(PlatformSecret { std::byte { 2 } })).key, usual);
    request.key_id[31] = std::byte { 1 };
    EXPECT_NE(key(enclave(1), request).key, usual);
}

TEST(Egetkey, gives_keys_of_older_versions_but_not_of_newer_ones)
{
    auto request = seal(sgx::kKeyPolicyMrsigner);
    for (uint16_t svn = 0; svn <= 3; ++svn) {
        request.isv_svn = svn;
        EXPECT_EQ(key(enclave(1), request).status, KeyStatus::Success);
    }
    request.isv_svn = 4;
    EXPECT_EQ(key(enclave(1), request).status, KeyStatus::InvalidIsvSvn);
    request = seal(sgx::kKeyPolicyMrsigner);
    request.cpu_svn[3] = std::byte { 1 };
    EXPECT_EQ(key(enclave(1), request).status, KeyStatus::InvalidCpuSvn);
}

TEST(Egetkey, refuses_what_the_manual_refuses)
{
    sgx::KeyRequest request { .key_name = static_cast<sgx::KeyName>(9) };
    EXPECT_EQ(key(enclave(1), request).status, KeyStatus::InvalidKeyName);
    for (auto name : { sgx::KeyName::EinitToken, sgx::KeyName::Provision, sgx::KeyName::ProvisionSeal }) {
        request.key_name = name;
        EXPECT_EQ(key(enclave(1), request).status, KeyStatus::InvalidAttribute);
    }
    request = seal(1 << 5);
    EXPECT_EQ(key(enclave(1), request).fault, general_protection());
    request = seal(0);
    request.reserved2[433] = 1;
    EXPECT_EQ(key(enclave(1), request).fault, general_protection());
}

TEST(PlatformKeys, of_one_file_are_the_same_and_others_differ)
{
    auto directory = std::filesystem::temp_directory_path() / ("farl-keys-" + std::to_string(getpid()));
    std::filesystem::create_directory(directory);
    KeyDependencies const dependencies { .name = sgx::KeyName::Seal };
    auto first = PlatformKeys::load(directory / "secret").derive(dependencies);
    EXPECT_EQ(PlatformKeys::load(directory / "secret").derive(dependencies), first);
    EXPECT_NE(PlatformKeys::load("").derive(dependencies), first);
    EXPECT_NE(PlatformKeys::load("").derive(dependencies),
        PlatformKeys::load(directory / "none/secret").derive(dependencies));
    auto permissions = std::filesystem::status(directory / "secret").permissions();
    EXPECT_EQ(permissions, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::filesystem::remove_all(directory);
}

} // namespace farl::host
