// Lines of the shielded console (docs/formats/console.md), as their owner seals and opens them.
#pragma once

#include "abi/formats/console_block.h"
#include "owner/keys/secret.h"

#include <optional>
#include <string>

namespace farl::owner {

// Of the stream that `header` is of.
Secret console_stream_key(Secret const& console_key, formats::ConsoleHeader const& header);

// With its line feed.
std::string seal_console_line(Secret const& stream_key, formats::ConsoleHeader const& header, std::string_view data);

// None unless whoever has the key has sealed just this.
std::optional<Secret> open_console_block(Secret const& stream_key, formats::ConsoleBlock const& block);

// 32 bytes, as 64 hexadecimal digits in a file that its owner only may read. Throws UserError.
Secret read_console_key(std::string const& path);

} // namespace farl::owner
