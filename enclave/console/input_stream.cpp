#include "enclave/console/input_stream.h"

namespace farl {

bool InputStream::is_next(formats::ConsoleHeader const& header) const
{
    return cipher_ && header.stream == streams_[streams_.size() - 1] && header.sequence == sequence_;
}

bool InputStream::is_new(formats::ConsoleHeader const& header) const
{
    for (auto const& known : streams_)
        if (known == header.stream)
            return false;
    return header.sequence == 0 && streams_.size() < kMostStreams;
}

Result<InputStream::Block> InputStream::open_with(ConsoleCipher const& cipher, formats::ConsoleBlock const& block)
{
    auto data = std::span(data_).first(block.ciphertext.size());
    TRY(cipher.open(block, data));
    return Block { block.header.kind, data };
}

Result<InputStream::Block> InputStream::open(std::string_view line)
{
    auto parsed = formats::parse_console_line(line, block_);
    if (parsed.is_error())
        return Errno::Ebadmsg;
    auto const& block = parsed.value();
    auto const& header = block.header;
    if (header.channel != formats::ConsoleChannel::Input || header.console != console_)
        return Errno::Ebadmsg;
    if (is_next(header)) {
        auto opened = TRY(open_with(*cipher_, block));
        ++sequence_;
        return opened;
    }
    if (!is_new(header))
        return Errno::Ebadmsg;
    auto cipher = TRY(ConsoleCipher::create(key_, header));
    auto opened = TRY(open_with(*cipher, block));
    TRY(streams_.push(header.stream));
    cipher_ = std::move(cipher);
    sequence_ = 1;
    return opened;
}

} // namespace farl
