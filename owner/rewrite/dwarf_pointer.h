// Pointers as .eh_frame and .gcc_except_table encode them (Linux Standard Base 5.0, "DWARF Exception Header Encoding").
#pragma once

#include "owner/rewrite/byte_reader.h"

#include <optional>

namespace farl::owner {

inline constexpr uint8_t kPointerOmitted = 0xff;

// The bytes are loaded at `base_vaddr`. Nothing if the encoding is unknown or needs a base that this file cannot tell.
std::optional<uint64_t> read_dwarf_pointer(ByteReader& reader, uint64_t base_vaddr, uint8_t encoding);

// The same format, but as a plain number (ranges, call-site offsets).
std::optional<uint64_t> read_dwarf_number(ByteReader& reader, uint8_t encoding);

} // namespace farl::owner
