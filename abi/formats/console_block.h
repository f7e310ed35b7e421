// A block of the shielded console, as one line of text: what passes the host between a program's standard streams and
// their owner. docs/formats/console.md specifies every byte. This is its form; sealing and opening are
// enclave/console's and owner/console's. Lines come from whoever wants to send them; nothing here allocates.
#pragma once

#include "abi/formats/base64.h"

#include <array>
#include <cstdint>

namespace farl::formats {

inline constexpr std::string_view kConsolePrefix = "farl1:";
inline constexpr size_t kConsoleKeyBytes = 32;
inline constexpr size_t kLargestConsoleData = 16 * 1024;

using ConsoleId = std::array<std::byte, 16>;
using ConsoleTag = std::array<std::byte, 16>;
using ConsoleNonce = std::array<std::byte, 12>;

enum class ConsoleChannel : uint8_t { Input = 0, Output = 1, Error = 2 };

enum class ConsoleKind : uint8_t {
    Data = 0,     // bytes of the stream
    End = 1,      // nothing follows; ConsoleEnd for outputs, nothing for the input
    Window = 2,   // input: ConsoleWindow. The sender is at a terminal, and asks for one at the first block
    Terminal = 3, // outputs: bytes, as Data, of a program that has a terminal
};

// The size of a terminal, as struct winsize of ioctl_tty(2).
struct ConsoleWindow {
    uint16_t rows, columns;
    uint16_t width, height; // pixels, or 0

    bool operator==(ConsoleWindow const&) const = default;
};
static_assert(sizeof(ConsoleWindow) == 8);

// Sent in the clear, and authenticated.
struct ConsoleHeader {
    ConsoleId console; // random, of one start of an enclave
    ConsoleId stream;  // random, of whoever seals
    uint64_t sequence; // 0 and up, of the stream
    ConsoleChannel channel;
    ConsoleKind kind;
    uint8_t reserved[6]; // 0

    bool operator==(ConsoleHeader const&) const = default;
};
static_assert(sizeof(ConsoleHeader) == 48);

// How many blocks of bytes each output had: so one end tells that all of another stream is gone.
struct ConsoleEnd {
    uint64_t output_blocks;
    uint64_t error_blocks;
};
static_assert(sizeof(ConsoleEnd) == 16);

inline constexpr size_t kLargestConsoleBlock = sizeof(ConsoleHeader) + kLargestConsoleData + sizeof(ConsoleTag);
inline constexpr size_t kLargestConsoleLine = kConsolePrefix.size() + base64_size(kLargestConsoleBlock); // without '\n'

// Key derivation (HKDF-SHA256 of the console key): the salt, and the information.
std::array<std::byte, 2 * sizeof(ConsoleId)> console_salt(ConsoleHeader const& header);
std::array<std::byte, 16> console_information(ConsoleChannel channel);
// Of AES-256-GCM. A stream has its own key, so the number of a block is enough.
ConsoleNonce console_nonce(ConsoleHeader const& header);

// The line of a block: header, ciphertext, tag. With its '\n'. `line` has console_line_size() characters.
constexpr size_t console_line_size(size_t data_size)
{
    return kConsolePrefix.size() + base64_size(sizeof(ConsoleHeader) + data_size + sizeof(ConsoleTag)) + 1;
}
void write_console_line(std::span<char> line, std::span<std::byte const> block);

struct ConsoleBlock {
    ConsoleHeader header;
    std::span<std::byte const> authenticated; // the header's bytes
    std::span<std::byte const> ciphertext;
    ConsoleTag tag;
};

bool is_console_line(std::string_view line);
// A line without its '\n', into `room` of kLargestConsoleBlock bytes. EINVAL for anything that the format does not
// allow. What it says is true only once the block has been opened.
Result<ConsoleBlock> parse_console_line(std::string_view line, std::span<std::byte> room);

} // namespace farl::formats
