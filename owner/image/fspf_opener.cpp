#include "owner/image/fspf_opener.h"

#include "owner/keys/sealing.h"

#include <algorithm>

namespace farl::owner {

namespace {

std::string_view text_of(formats::Bytes bytes) { return { reinterpret_cast<char const*>(bytes.data()), bytes.size() }; }

} // namespace

std::optional<Secret> open_sealed_fspf(
    formats::Bytes file, Secret const& key, std::span<std::byte const, formats::kFspfTagSize> tag)
{
    auto const header = formats::parse_fspf_header(file, file.size());
    if (header.is_error() || header.value().form != formats::FspfForm::Sealed)
        return {};
    auto const payload = file.subspan(sizeof(formats::FspfHeader));
    std::vector<std::byte> sealed(payload.begin(), payload.end());
    sealed.insert(sealed.end(), tag.begin(), tag.end());
    SealingNonce nonce;
    std::ranges::copy(header.value().nonce, nonce.begin());
    return open_sealed(key, nonce, text_of(file.first(sizeof(formats::FspfHeader))), sealed);
}

std::optional<SignedFspf> open_signed_fspf(formats::Bytes file)
{
    auto const header = formats::parse_fspf_header(file, file.size());
    if (header.is_error() || header.value().form != formats::FspfForm::Signed)
        return {};
    auto const signed_part = file.first(sizeof(formats::FspfHeader) + header.value().payload_size);
    auto const trailer = file.subspan(signed_part.size());
    SignedFspf result { signed_part.subspan(sizeof(formats::FspfHeader)), {} };
    Ed25519Signature signature;
    std::ranges::copy(trailer.first(result.signer.size()), result.signer.begin());
    std::ranges::copy(trailer.subspan(result.signer.size()), signature.begin());
    if (!is_signed_by(result.signer, text_of(signed_part), signature))
        return {};
    return result;
}

} // namespace farl::owner
