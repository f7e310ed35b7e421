#include "owner/console/console_line.h"

#include "owner/keys/key_file.h"
#include "owner/keys/sealing.h"
#include "owner/launch/user_error.h"

#include <cstring>
#include <fmt/format.h>
#include <vector>

namespace farl::owner {

namespace {

template <size_t Size>
std::string_view text_of(std::array<std::byte, Size> const& bytes)
{
    return { reinterpret_cast<char const*>(bytes.data()), Size };
}

int digit_of(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

} // namespace

Secret console_stream_key(Secret const& console_key, formats::ConsoleHeader const& header)
{
    return derive_sealing_key(
        console_key, text_of(formats::console_salt(header)), text_of(formats::console_information(header.channel)));
}

std::string seal_console_line(Secret const& stream_key, formats::ConsoleHeader const& header, std::string_view data)
{
    std::vector<std::byte> block(sizeof(header) + data.size() + sizeof(formats::ConsoleTag));
    std::memcpy(block.data(), &header, sizeof(header));
    std::string_view authenticated(reinterpret_cast<char const*>(block.data()), sizeof(header));
    seal(stream_key, formats::console_nonce(header), authenticated, data, std::span(block).subspan(sizeof(header)));
    std::string line(formats::console_line_size(data.size()), '\0');
    formats::write_console_line(line, block);
    return line;
}

std::optional<Secret> open_console_block(Secret const& stream_key, formats::ConsoleBlock const& block)
{
    std::string_view authenticated(
        reinterpret_cast<char const*>(block.authenticated.data()), block.authenticated.size());
    std::vector<std::byte> sealed(block.ciphertext.begin(), block.ciphertext.end());
    sealed.insert(sealed.end(), block.tag.begin(), block.tag.end());
    return open_sealed(stream_key, formats::console_nonce(block.header), authenticated, sealed);
}

Secret read_console_key(std::string const& path)
{
    auto text = read_key_file(path);
    auto digits = text.reveal().substr(0, text.reveal().find('\n'));
    Secret key { formats::kConsoleKeyBytes };
    bool is_key = digits.size() == 2 * key.size() && text.size() - digits.size() <= 1;
    for (size_t i = 0; is_key && i < key.size(); ++i) {
        auto high = digit_of(digits[2 * i]), low = digit_of(digits[2 * i + 1]);
        is_key = high >= 0 && low >= 0;
        key.writable()[i] = static_cast<unsigned char>(high << 4 | low);
    }
    if (!is_key)
        throw UserError(kBadUsage, fmt::format("{}: expected a console key: 64 hexadecimal digits", path));
    return key;
}

} // namespace farl::owner
