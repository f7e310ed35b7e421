#include "enclave/attest/evidence.h"

#include "enclave/attest/cbor.h"

#include <algorithm>

namespace farl {

namespace {

constexpr uint64_t kTeeQuoteAndClaims = 60000; // the tag of a quote with the claims that it binds
constexpr uint64_t kSha256 = 1;                // IANA, Named Information Hash Algorithm

} // namespace

Result<Vector<std::byte>> make_claims(P256PublicKey::Info const& key)
{
    CborWriter hash, claims;
    TRY(hash.array(2));
    TRY(hash.number(kSha256));
    TRY(hash.bytes(Sha256::of(key)));
    TRY(claims.map(1));
    TRY(claims.text("pubkey-hash"));
    TRY(claims.bytes(hash.written()));
    return claims.take();
}

sgx::ReportData report_data(std::span<std::byte const> claims)
{
    sgx::ReportData data {};
    std::ranges::copy(Sha256::of(claims), data.begin());
    return data;
}

Result<Vector<std::byte>> make_evidence(std::span<std::byte const> quote, std::span<std::byte const> claims)
{
    CborWriter evidence;
    TRY(evidence.tag(kTeeQuoteAndClaims));
    TRY(evidence.array(2));
    TRY(evidence.bytes(quote));
    TRY(evidence.bytes(claims));
    return evidence.take();
}

} // namespace farl
