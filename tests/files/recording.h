// What was done to a file, and said to the world, in order: events, each with its bytes behind it.
#pragma once

#include <cstdint>

namespace farl::recording {

enum class Kind : uint64_t {
    Write,   // begins: from here on any part of it may be on the disk
    Sync,    // begins: of the writes that have ended
    End,     // of the write or synchronisation with this number
    Failure, // the same
    Text,    // somebody may see it from here on
};

struct Event {
    Kind kind;
    uint64_t number;
    uint64_t offset;
    uint64_t size;
};

} // namespace farl::recording
