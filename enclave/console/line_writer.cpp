#include "enclave/console/line_writer.h"

#include "enclave/hostcall/channel.h"

#include <poll.h>

namespace farl {

// HOST: a claim about its own file.
bool LineWriter::is_writable() const
{
    Staging staging;
    auto waiting = staging.put_object(pollfd { to_->host_descriptor(), POLLOUT, 0 });
    return waiting.is_ok() && checked_count(host_call(SYS_poll, waiting.value().value(), 1, 0), 1).value_or(0) == 1;
}

Result<> LineWriter::flush()
{
    while (begin_ < end_)
        begin_ += TRY(to_->write(Source::of(line_ + begin_, end_ - begin_)));
    return {};
}

Result<> LineWriter::write(ConsoleCipher const& cipher, formats::ConsoleHeader const& header, size_t size)
{
    ASSERT(begin_ == end_ && size <= formats::kLargestConsoleData);
    auto block = std::span(block_).first(sizeof(header) + size + sizeof(formats::ConsoleTag));
    TRY(cipher.seal(header, block));
    begin_ = 0;
    end_ = formats::console_line_size(size);
    formats::write_console_line({ line_, end_ }, block);
    return flush();
}

} // namespace farl
