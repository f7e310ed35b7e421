#include "host/platform/emulator/quoting_enclave.h"

#include "abi/sgx/emulated_quote.h"
#include "host/platform/emulator/attestation.h"
#include "host/platform/emulator/quoting_chain.h"
#include "host/platform/emulator/sha256.h"

#include <algorithm>
#include <openssl/crypto.h>

namespace farl::host {

namespace {

constexpr std::string_view kAttestationKey = "attestation key";
constexpr std::string_view kPlatformKey = "platform";
constexpr std::string_view kPlatformId = "platform id";
constexpr uint16_t kQuoteVersion = 3;
constexpr std::array<std::byte, 32> kAuthenticationData {}; // what Intel's quoting enclave has as well: 32 bytes

// Little-endian, back to back.
class QuoteWriter {
public:
    template <typename T>
    void add(T const& value)
    {
        add_bytes(std::as_bytes(std::span(&value, 1)));
    }
    void add_bytes(std::span<std::byte const> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    std::span<std::byte const> bytes() const { return bytes_; }
    std::vector<std::byte> take() { return std::move(bytes_); }

private:
    std::vector<std::byte> bytes_;
};

sgx::QuoteHeader header_for(PlatformKeys const& keys)
{
    sgx::QuoteHeader header { .version = kQuoteVersion,
        .attestation_key_type = sgx::kAttestationKeyEcdsaP256,
        .tee_type = sgx::kTeeTypeSgx,
        .qe_svn = 1,
        .pce_svn = 1,
        .qe_vendor_id = sgx::kQeVendorEmulator,
        .user_data = {} };
    auto id = keys.derive_seed(kPlatformId);
    std::copy_n(id.begin(), sgx::kEmulatedPlatformIdSize, header.user_data.begin());
    return header;
}

// What makes the attestation key the quoting enclave's: its report names it.
sgx::ReportBody report_of_quoting_enclave(sgx::P256Pair const& attestation_key)
{
    QuoteWriter bound;
    bound.add(attestation_key);
    bound.add(kAuthenticationData);
    auto hash = Sha256::of(bound.bytes());
    sgx::ReportBody body {};
    body.cpu_svn = PlatformKeys::kCpuSvn;
    body.attributes = sgx::kEmulatedQeAttributes;
    body.mrenclave = sgx::kEmulatedQeMeasurement;
    body.mrsigner = sgx::kEmulatedQeSigner;
    body.isv_prod_id = 1;
    body.isv_svn = 1;
    std::ranges::copy(hash, body.report_data.begin());
    return body;
}

// Signature, attestation key, and who vouches for that.
std::vector<std::byte> signature_data(PlatformKeys const& keys, std::span<std::byte const> signed_part)
{
    QuotingKey attestation(keys, kAttestationKey), platform(keys, kPlatformKey);
    auto qe_report = report_of_quoting_enclave(attestation.point());
    auto chain = quoting_chain(keys, platform);

    QuoteWriter data;
    data.add(attestation.sign(signed_part));
    data.add(attestation.point());
    data.add(qe_report);
    data.add(platform.sign(std::as_bytes(std::span(&qe_report, 1))));
    data.add(static_cast<uint16_t>(kAuthenticationData.size()));
    data.add(kAuthenticationData);
    data.add(sgx::CertificationType::PckChain);
    data.add(static_cast<uint32_t>(chain.size()));
    data.add_bytes(std::as_bytes(std::span(chain)));
    return data.take();
}

bool is_genuine(PlatformKeys const& keys, sgx::Report const& report)
{
    auto mac = cmac(report_key(keys, quoting_target(), report.key_id), std::as_bytes(std::span(&report.body, 1)));
    return CRYPTO_memcmp(mac.data(), report.mac.data(), mac.size()) == 0;
}

} // namespace

sgx::TargetInfo quoting_target()
{
    return { .measurement = sgx::kEmulatedQeMeasurement, .attributes = sgx::kEmulatedQeAttributes };
}

Result<std::vector<std::byte>> quote_of(PlatformKeys const& keys, sgx::Report const& report)
{
    if (!is_genuine(keys, report))
        return Errno::Eacces;
    QuoteWriter quote;
    quote.add(header_for(keys));
    quote.add(report.body);
    auto data = signature_data(keys, quote.bytes());
    quote.add(static_cast<uint32_t>(data.size()));
    quote.add_bytes(data);
    return quote.take();
}

} // namespace farl::host
