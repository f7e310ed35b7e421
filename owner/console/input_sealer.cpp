#include "owner/console/input_sealer.h"

#include "owner/keys/openssl.h"

#include <openssl/rand.h>

namespace farl::owner {

InputSealer::InputSealer(Secret const& console_key, formats::ConsoleId const& console)
{
    header_.console = console;
    header_.channel = formats::ConsoleChannel::Input;
    auto* stream = reinterpret_cast<unsigned char*>(header_.stream.data());
    require(RAND_bytes(stream, static_cast<int>(header_.stream.size())) == 1, "make random bytes");
    key_ = console_stream_key(console_key, header_);
}

std::string InputSealer::line(formats::ConsoleKind kind, std::string_view data)
{
    auto header = header_;
    header.kind = kind;
    ++header_.sequence;
    return seal_console_line(key_, header, data);
}

std::string InputSealer::data(std::string_view bytes)
{
    std::string lines;
    for (size_t at = 0; at < bytes.size(); at += formats::kLargestConsoleData)
        lines += line(formats::ConsoleKind::Data, bytes.substr(at, formats::kLargestConsoleData));
    return lines;
}

std::string InputSealer::window(formats::ConsoleWindow const& window)
{
    return line(formats::ConsoleKind::Window, { reinterpret_cast<char const*>(&window), sizeof(window) });
}

std::string InputSealer::end() { return line(formats::ConsoleKind::End, {}); }

} // namespace farl::owner
