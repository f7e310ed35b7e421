#include "enclave/console/console_cipher.h"

#include "enclave/crypto/sha256.h"

namespace farl {

static_assert(sizeof(formats::ConsoleTag) == sizeof(AesGcm::Tag));
static_assert(sizeof(formats::ConsoleNonce) == sizeof(AesGcm::Nonce));

Result<Owned<ConsoleCipher>> ConsoleCipher::create(ConsoleKey const& key, formats::ConsoleHeader const& header)
{
    AesGcm::Key derived;
    TRY(hkdf_sha256(
        derived.bytes(), key.bytes(), formats::console_salt(header), formats::console_information(header.channel)));
    Owned<ConsoleCipher> cipher(new (std::nothrow) ConsoleCipher(derived));
    if (!cipher)
        return Errno::Enomem;
    return cipher;
}

Result<> ConsoleCipher::seal(formats::ConsoleHeader const& header, std::span<std::byte> block) const
{
    auto authenticated = block.first(sizeof(header));
    auto data = block.subspan(sizeof(header), block.size() - sizeof(header) - sizeof(AesGcm::Tag));
    memcpy(authenticated.data(), &header, sizeof(header));
    AesGcm::Tag tag;
    TRY(gcm_.seal(formats::console_nonce(header), authenticated, data, data, tag));
    memcpy(data.data() + data.size(), tag.data(), tag.size());
    return {};
}

Result<> ConsoleCipher::open(formats::ConsoleBlock const& block, std::span<std::byte> data) const
{
    return gcm_.open(formats::console_nonce(block.header), block.authenticated, block.ciphertext, block.tag, data);
}

} // namespace farl
