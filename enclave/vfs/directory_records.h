// What getdents64(2) gives: records of an inode, a place to seek to, a length, a type and a name.
#pragma once

#include "enclave/memory/buffers.h"

#include <cstddef>

namespace farl {

struct DirectoryRecord {
    uint64_t inode;
    int64_t next; // the offset of the record behind this one
    uint16_t size;
    uint8_t type; // DT_*
    char name[];
};
inline constexpr size_t kRecordHeaderSize = 19;
static_assert(offsetof(DirectoryRecord, name) == kRecordHeaderSize);

constexpr size_t record_size(size_t name_size) { return (kRecordHeaderSize + name_size + 1 + 7) & ~size_t { 7 }; }

} // namespace farl
