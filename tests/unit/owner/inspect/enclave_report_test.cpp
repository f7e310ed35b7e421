#include "owner/inspect/enclave_report.h"

#include "tests/support/sgx_vectors.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

class EnclaveReport : public testing::Test {
protected:
    void SetUp() override
    {
        auto const vector = sgx_vectors::load();
        if (!vector)
            GTEST_SKIP() << "no vectors in " FARL_TEST_VECTORS;
        parts = { .path = "enclave.sgxs", .stream = outline_of(vector->stream), .signature = vector->signature };
    }

    EnclaveParts parts;
};

} // namespace

TEST_F(EnclaveReport, a_stream_and_its_signature_are_verified)
{
    EXPECT_TRUE(parts.defects().empty());
    EXPECT_NE(report_as_text(parts).find("sound and for this enclave"), std::string::npos);
    auto const json = nlohmann::json::parse(report_as_json(parts));
    EXPECT_EQ(json["verified"], true);
    EXPECT_EQ(json["stream"]["mrenclave"], json["signature"]["mrenclave"]);
    EXPECT_EQ(json["signature"]["mrsigner"].get<std::string>().size(), 64u);
    EXPECT_EQ(json["stream"]["pages"], parts.stream->page_count());
}

TEST_F(EnclaveReport, a_signature_of_another_enclave_is_told)
{
    parts.stream->mrenclave[0] ^= std::byte { 1 };
    ASSERT_EQ(parts.defects().size(), 1u);
    EXPECT_NE(parts.defects()[0].find("another enclave than the stream"), std::string::npos);
    EXPECT_NE(report_as_text(parts).find("WRONG"), std::string::npos);
    EXPECT_EQ(nlohmann::json::parse(report_as_json(parts))["verified"], false);
}

TEST_F(EnclaveReport, a_wrong_signature_is_told)
{
    parts.signature->isv_svn += 1;
    ASSERT_EQ(parts.defects().size(), 1u);
    EXPECT_NE(parts.defects()[0].find("signature of the SIGSTRUCT is wrong"), std::string::npos);
    parts.signature->exponent = 65537;
    EXPECT_NE(parts.defects()[0].find("not one that a processor takes"), std::string::npos);
}

TEST_F(EnclaveReport, a_file_and_a_stream_of_two_enclaves_are_told)
{
    parts.enclave = parts.stream;
    EXPECT_TRUE(parts.defects().empty());
    parts.enclave->mrenclave[0] ^= std::byte { 1 };
    EXPECT_EQ(parts.defects().size(), 2u) << "from the stream, and from the signature";
}

TEST_F(EnclaveReport, blocks_that_repeat_are_told_once)
{
    parts.signature.reset();
    parts.stream->layout.clear();
    for (uint64_t i = 0; i < 5; ++i) {
        parts.stream->layout.push_back({ i * 0x10000, 1, sgx::PageType::Tcs, 0, true });
        parts.stream->layout.push_back({ i * 0x10000 + 0x1000, 2, sgx::PageType::Regular, 3, false });
    }
    parts.stream->layout.push_back({ 0x90000, 1, sgx::PageType::Regular, 1, true });
    auto const text = report_as_text(parts);
    EXPECT_NE(text.find("and 4 times the same, each 0x10000 further on"), std::string::npos) << text;
    EXPECT_NE(text.find("0x000000090000"), std::string::npos) << text;
    EXPECT_EQ(text.find("0x000000020000"), std::string::npos) << text;
}

} // namespace farl::owner
