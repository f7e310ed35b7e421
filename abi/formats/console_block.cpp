#include "abi/formats/console_block.h"

#include <cstring>

namespace farl::formats {

namespace {

bool is_sound(ConsoleHeader const& header, size_t data_size)
{
    for (auto byte : header.reserved)
        if (byte != 0)
            return false;
    bool is_input = header.channel == ConsoleChannel::Input;
    if (header.channel > ConsoleChannel::Error)
        return false;
    switch (header.kind) {
    case ConsoleKind::Data:
        return true;
    case ConsoleKind::End:
        return data_size == (is_input ? 0 : sizeof(ConsoleEnd));
    case ConsoleKind::Window:
        return is_input && data_size == sizeof(ConsoleWindow);
    case ConsoleKind::Terminal:
        return !is_input;
    }
    return false;
}

} // namespace

std::array<std::byte, 2 * sizeof(ConsoleId)> console_salt(ConsoleHeader const& header)
{
    std::array<std::byte, 2 * sizeof(ConsoleId)> salt;
    std::memcpy(salt.data(), &header.console, sizeof(ConsoleId));
    std::memcpy(salt.data() + sizeof(ConsoleId), &header.stream, sizeof(ConsoleId));
    return salt;
}

std::array<std::byte, 16> console_information(ConsoleChannel channel)
{
    constexpr char kText[] = "farl console 1 "; // the NUL's place is the channel's
    std::array<std::byte, 16> information;
    static_assert(sizeof(kText) == sizeof(information));
    std::memcpy(information.data(), kText, sizeof(kText));
    information.back() = static_cast<std::byte>(channel);
    return information;
}

ConsoleNonce console_nonce(ConsoleHeader const& header)
{
    ConsoleNonce nonce {};
    std::memcpy(nonce.data(), &header.sequence, sizeof(header.sequence));
    return nonce;
}

void write_console_line(std::span<char> line, std::span<std::byte const> block)
{
    std::memcpy(line.data(), kConsolePrefix.data(), kConsolePrefix.size());
    write_base64(line.subspan(kConsolePrefix.size(), base64_size(block.size())), block);
    line.back() = '\n';
}

bool is_console_line(std::string_view line) { return line.starts_with(kConsolePrefix); }

Result<ConsoleBlock> parse_console_line(std::string_view line, std::span<std::byte> room)
{
    if (!is_console_line(line))
        return Errno::Einval;
    auto size = TRY(read_base64(room.first(kLargestConsoleBlock), line.substr(kConsolePrefix.size())));
    if (size < sizeof(ConsoleHeader) + sizeof(ConsoleTag))
        return Errno::Einval;
    auto data_size = size - sizeof(ConsoleHeader) - sizeof(ConsoleTag);
    ConsoleBlock block { .authenticated = room.first(sizeof(ConsoleHeader)),
        .ciphertext = room.subspan(sizeof(ConsoleHeader), data_size) };
    std::memcpy(&block.header, room.data(), sizeof(block.header));
    std::memcpy(&block.tag, room.data() + sizeof(ConsoleHeader) + data_size, sizeof(block.tag));
    if (!is_sound(block.header, data_size))
        return Errno::Einval;
    return block;
}

} // namespace farl::formats
