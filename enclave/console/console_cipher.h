// ConsoleCipher: the key of one stream of the shielded console. docs/formats/console.md.
#pragma once

#include "abi/formats/console_block.h"
#include "base/owned.h"
#include "enclave/crypto/aes_gcm.h"

namespace farl {

using ConsoleKey = Secret<formats::kConsoleKeyBytes>;

class ConsoleCipher {
public:
    // Of the stream that `header` is of. ENOMEM.
    static Result<Owned<ConsoleCipher>> create(ConsoleKey const& key, formats::ConsoleHeader const& header);

    // `block` is the whole block: room for the header, what is to be sealed in its place, room for the tag.
    Result<> seal(formats::ConsoleHeader const& header, std::span<std::byte> block) const;
    // The data takes the ciphertext's place. EBADMSG unless whoever has the key has sealed just this.
    Result<> open(formats::ConsoleBlock const& block, std::span<std::byte> data) const;

private:
    explicit ConsoleCipher(AesGcm::Key const& key) : gcm_(key) { }

    AesGcm gcm_;
};

} // namespace farl
