#include "owner/signer/enclave_signer.h"

#include "abi/sgx/measurement.h"

namespace farl::owner {

namespace {

constexpr uint32_t kDate = 0x20260101; // BCD: year, month, day

class Measurement {
public:
    Measurement() : context_(EVP_MD_CTX_new())
    {
        ASSERT(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
    }

    void operator()(std::span<std::byte const> bytes)
    {
        ASSERT(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
    }

    sgx::Hash finish()
    {
        sgx::Hash hash;
        ASSERT(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(hash.data()), nullptr));
        return hash;
    }

private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

} // namespace

Result<sgx::Hash> measure(sgx::Image const& image)
{
    Measurement measurement;
    measurement(sgx::measurement::ecreate(sgx::kSsaFramePages, sgx::kEnclaveSize));
    TRY(image.for_each_run([&](sgx::PageRun const& run) -> Result<> {
        sgx::measure_run(run, sgx::kEnclaveBase, measurement);
        return {};
    }));
    return measurement.finish();
}

sgx::SigStruct sign_enclave(SigningKey const& key, EnclaveIdentity const& identity)
{
    sgx::SigStruct structure {};
    structure.header = sgx::kSigStructHeader;
    structure.header2 = sgx::kSigStructHeader2;
    structure.date = kDate;
    structure.misc_select = sgx::kMiscExinfo;
    structure.misc_mask = ~0u;
    structure.cet_attributes_mask = 0xFF;
    structure.attributes = { .flags = sgx::kAttributeMode64Bit, .xfrm = sgx::kXfrmLegacy };
    structure.attribute_mask = { .flags = ~(sgx::kAttributeInit | (identity.allows_debug ? sgx::kAttributeDebug : 0)),
        .xfrm = ~(sgx::kXfrmAvx | sgx::kXfrmAvx512) };
    structure.enclave_hash = identity.mrenclave;
    structure.isv_prod_id = identity.product_id;
    structure.isv_svn = identity.security_version;
    key.sign(structure);
    return structure;
}

} // namespace farl::owner
