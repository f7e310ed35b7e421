// What decides whom to believe, and comes from those who are not believed yet: quotes, their certificates, collateral;
// and what the quoting service and measurement streams say.
#include "host/platform/sgx/protobuf.h"
#include "host/platform/sgx/vdso.h"
#include "owner/cas/evidence.h"
#include "owner/inspect/measurement_stream.h"
#include "owner/quote/collateral.h"
#include "owner/quote/emulated_quote.h"
#include "owner/quote/pck_extension.h"
#include "owner/quote/refusal.h"
#include "tests/fuzz/parsers/exact.h"
#include "tests/fuzz/parsers/targets.h"
#include "tests/support/hosted_enclave.h"

#include <cstring>
#include <openssl/pem.h>
#include <string>
#include <sys/auxv.h>

namespace farl::fuzz {

namespace {

constexpr size_t kQuoteHead = sizeof(sgx::QuoteHeader) + sizeof(sgx::ReportBody);

Bytes vector(char const* name) { return file_bytes(std::string(FARL_TEST_VECTORS) + "/" + name); }

std::string_view text_of(std::span<std::byte const> bytes)
{
    return { reinterpret_cast<char const*>(bytes.data()), bytes.size() };
}

// Whether `read` does not refuse.
template <typename Read>
bool accepts(Read read)
{
    try {
        read();
        return true;
    } catch (owner::Refusal const&) {
        return false;
    }
}

// ---- quotes

Bytes sample_quote() { return vector("dcap/sgx_quote.bin"); }

bool read_quote(Bytes const& input)
{
    Exact bytes(input);
    return accepts([&] {
        auto const quote = owner::parse_quote(bytes.span());
        if (quote.signed_part.size() != kQuoteHead
            || quote.qe_authentication_data.size() + quote.pck_chain.size() > input.size())
            __builtin_trap();
        (void)owner::CertificateChain::parse(quote.pck_chain, "the PCK chain");
    });
}

// ---- certificates: the chain of a quote, and its leaf in DER

std::string pck_chain()
{
    auto const quote = sample_quote();
    return quote.empty() ? "" : std::string(owner::parse_quote(quote).pck_chain);
}

Bytes sample_chain()
{
    auto const chain = pck_chain();
    auto const bytes = std::as_bytes(std::span(chain));
    return { bytes.begin(), bytes.end() };
}

bool read_chain(Bytes const& input)
{
    Exact bytes(input);
    return accepts([&] {
        auto const chain = owner::CertificateChain::parse(text_of(bytes.span()), "the PCK chain");
        chain.verify_unrevoked({ owner::intel_root() }, 1'751'328'000); // 2025-07-01
    });
}

Bytes sample_certificate()
{
    auto const text = pck_chain();
    std::unique_ptr<BIO, decltype(&BIO_free)> pem(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
    owner::Certificate const leaf(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
    if (!leaf)
        return {};
    Bytes der(static_cast<size_t>(i2d_X509(leaf.get(), nullptr)));
    auto* end = reinterpret_cast<unsigned char*>(der.data());
    i2d_X509(leaf.get(), &end);
    return der;
}

bool read_certificate(Bytes const& input)
{
    Exact bytes(input);
    auto const* start = reinterpret_cast<unsigned char const*>(bytes.span().data());
    owner::Certificate const certificate(d2i_X509(nullptr, &start, static_cast<long>(input.size())));
    return certificate && accepts([&] {
        auto const extension = owner::pck_extension(certificate.get());
        if (extension.fmspc.size() != 6 || extension.pce_id.size() != 2)
            __builtin_trap();
    });
}

// ---- collateral

Bytes sample_collateral() { return vector("dcap/sgx_quote_collateral.json"); }

bool read_collateral(Bytes const& input)
{
    Exact bytes(input);
    return accepts([&] {
        auto const collateral = owner::Collateral::parse(text_of(bytes.span()));
        (void)collateral.valid_until();
        collateral.verify({ owner::intel_root() }, 1'751'328'000);
    });
}

// ---- measurement streams

Bytes sample_stream() { return vector("sgx/test_enclave.sgxs"); }

bool read_stream(Bytes const& input)
{
    Exact bytes(input);
    try {
        auto const outline = owner::outline_of(bytes.span());
        if (outline.page_count() > input.size() / 64)
            __builtin_trap();
        return true;
    } catch (owner::StreamDefect const&) {
        return false;
    }
}

// ---- the host's side: the quoting service, the vDSO

Bytes sample_answer()
{
    using host::protobuf::Writer;
    Bytes const info(512, std::byte { 7 });
    return Writer()
        .bytes(15, Writer().number(1, 0).bytes(2, info).number(3, 32).bytes(4, Bytes(32)).message())
        .message();
}

bool read_answer(Bytes const& input)
{
    Exact bytes(input);
    auto const body = host::protobuf::find_bytes(bytes.span(), 15);
    if (!body)
        return false;
    auto const info = host::protobuf::find_bytes(*body, 2);
    if (info && info->size() > input.size())
        __builtin_trap();
    return info && host::protobuf::find_number(*body, 1) == 0;
}

// The longest that it can be; only its own headers say how long it is.
Bytes sample_vdso()
{
    auto const* start = reinterpret_cast<std::byte const*>(getauxval(AT_SYSINFO_EHDR));
    return start ? Bytes(start, start + 4096) : Bytes {};
}

bool read_vdso(Bytes const& input)
{
    Exact bytes(input);
    (void)host::find_entry_function(bytes.span());
    return host::find_vdso_function(bytes.span(), "__vdso_clock_gettime").has_value();
}

// ---- what an enclave's certificate shows to a CAS

Bytes sample_attested_certificate()
{
    static auto const der = [] {
        auto shown = attested_certificate(hosted_enclave(1, 1));
        unsigned char* encoded = nullptr;
        auto size = i2d_X509(shown.certificate.get(), &encoded);
        auto bytes = std::as_bytes(std::span(encoded, static_cast<size_t>(size)));
        Bytes copy(bytes.begin(), bytes.end());
        OPENSSL_free(encoded);
        return copy;
    }();
    return der;
}

// Evidence that is read at all binds the key of its certificate.
bool read_attested_certificate(Bytes const& input)
{
    Exact bytes(input);
    auto const* position = reinterpret_cast<unsigned char const*>(bytes.span().data());
    owner::Certificate certificate(d2i_X509(nullptr, &position, static_cast<long>(input.size())));
    if (!certificate)
        return false;
    try {
        auto shown = owner::evidence_in(certificate.get());
        if (shown.quote.size() > input.size())
            __builtin_trap();
        return accepts([&] { (void)owner::attest_emulated(owner::parse_quote(shown.quote)); });
    } catch (owner::EvidenceDefect const&) {
        return false;
    }
}

constexpr Target kTargets[] {
    { "attested-certificate", sample_attested_certificate, read_attested_certificate },
    { "quote", sample_quote, read_quote, true },
    { "certificate-chain", sample_chain, read_chain, true },
    { "pck-extension", sample_certificate, read_certificate, true },
    { "collateral", sample_collateral, read_collateral, true },
    { "measurement-stream", sample_stream, read_stream, true },
    { "aesm-answer", sample_answer, read_answer },
    { "vdso", sample_vdso, read_vdso },
};

} // namespace

std::span<Target const> attestation_targets() { return kTargets; }

} // namespace farl::fuzz
