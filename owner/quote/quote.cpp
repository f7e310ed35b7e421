#include "owner/quote/quote.h"

#include "owner/quote/refusal.h"

#include <cstring>
#include <fmt/format.h>
#include <utility>

namespace farl::owner {

namespace {

// Takes values off the front of bytes; what is missing is a refusal.
class Reader {
public:
    explicit Reader(Bytes bytes) : rest_(bytes) { }

    Bytes take(size_t size, char const* what)
    {
        if (size > rest_.size())
            throw Refusal(RefusalReason::MalformedQuote, fmt::format("the quote ends inside its {}", what));
        auto taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }

    template <typename T>
    T take(char const* what)
    {
        T value;
        std::memcpy(&value, take(sizeof(T), what).data(), sizeof(T));
        return value;
    }

    Bytes take_rest() { return std::exchange(rest_, {}); }

    void expect_end(char const* what) const
    {
        if (!rest_.empty())
            throw Refusal(
                RefusalReason::MalformedQuote, fmt::format("{} bytes too many after the {}", rest_.size(), what));
    }

private:
    Bytes rest_;
};

void check_kind(sgx::QuoteHeader const& header)
{
    auto refuse = [](std::string const& text) { throw Refusal(RefusalReason::UnsupportedQuote, text); };
    if (header.version != 3 && header.version != 4)
        refuse(fmt::format("version {} of quotes is not supported (3 and 4 are)", header.version));
    if (header.attestation_key_type != sgx::kAttestationKeyEcdsaP256)
        refuse(
            fmt::format("attestation key type {} is not supported (2, ECDSA P-256, is)", header.attestation_key_type));
    if (header.tee_type != sgx::kTeeTypeSgx)
        refuse(fmt::format("TEE type {:#x} is not SGX", header.tee_type));
}

// The certification data of one type, and nothing after it.
Reader take_certification(Reader& reader, sgx::CertificationType expected)
{
    auto type = reader.take<uint16_t>("certification data type");
    if (type != static_cast<uint16_t>(expected))
        throw Refusal(RefusalReason::UnsupportedQuote,
            fmt::format("certification data of type {} where type {} is expected", type, static_cast<int>(expected)));
    auto size = reader.take<uint32_t>("certification data size");
    auto data = reader.take(size, "certification data");
    reader.expect_end("certification data");
    return Reader(data);
}

void take_qe_report(Reader& reader, Quote& quote)
{
    quote.qe_report_bytes = reader.take(sizeof(sgx::ReportBody), "report of the quoting enclave");
    std::memcpy(&quote.qe_report, quote.qe_report_bytes.data(), sizeof quote.qe_report);
    quote.qe_report_signature = reader.take<sgx::P256Pair>("signature of the quoting enclave's report");
    auto size = reader.take<uint16_t>("QE authentication data size");
    quote.qe_authentication_data = reader.take(size, "QE authentication data");
}

std::string_view as_text(Bytes bytes) { return { reinterpret_cast<char const*>(bytes.data()), bytes.size() }; }

} // namespace

Quote parse_quote(Bytes bytes)
{
    Quote quote {};
    Reader reader(bytes);
    quote.header = reader.take<sgx::QuoteHeader>("header");
    check_kind(quote.header);
    quote.report = reader.take<sgx::ReportBody>("report");
    quote.signed_part = bytes.first(sizeof quote.header + sizeof quote.report);

    auto size = reader.take<uint32_t>("signature data size");
    Reader data(reader.take(size, "signature data"));
    reader.expect_end("signature data");
    quote.signature = data.take<sgx::P256Pair>("signature");
    quote.attestation_key = data.take<sgx::P256Pair>("attestation key");
    if (quote.header.version == 4)
        data = take_certification(data, sgx::CertificationType::QeReport);
    take_qe_report(data, quote);
    auto chain = take_certification(data, sgx::CertificationType::PckChain);
    quote.pck_chain = as_text(chain.take_rest());
    return quote;
}

} // namespace farl::owner
