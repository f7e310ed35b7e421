// InputStream: what the lines of a shielded console's input say, one after another. Of each sealer's stream every block
// is taken once and in order, and no stream is taken up again after another one has begun.
#pragma once

#include "base/vector.h"
#include "enclave/console/console_cipher.h"

namespace farl {

class InputStream {
public:
    InputStream(ConsoleKey const& key, formats::ConsoleId const& console) : key_(key.bytes()), console_(console) { }

    struct Block {
        formats::ConsoleKind kind;
        std::span<std::byte const> data; // until the next call
    };
    // A line without its '\n'. EBADMSG for anything but the next block; nothing has changed then. ENOMEM.
    Result<Block> open(std::string_view line);

private:
    static constexpr size_t kMostStreams = 256; // as many people who attach, one after another

    bool is_next(formats::ConsoleHeader const& header) const;
    bool is_new(formats::ConsoleHeader const& header) const;
    Result<Block> open_with(ConsoleCipher const& cipher, formats::ConsoleBlock const& block);

    ConsoleKey key_;
    formats::ConsoleId console_;
    Vector<formats::ConsoleId> streams_; // the last one is the present one
    uint64_t sequence_ { 0 };            // of the next block
    Owned<ConsoleCipher> cipher_;
    std::byte block_[formats::kLargestConsoleBlock];
    std::byte data_[formats::kLargestConsoleData];
};

} // namespace farl
