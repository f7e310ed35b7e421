// The table of calls.def.
#pragma once

#include "abi/wire/hostcall.h"

#include <string_view>

namespace farl::host {

enum class AnswerKind {
    Status,     // 0
    Count,      // at most what was asked for
    Descriptor, // one that is not open
    Number,     // anything that is not negative
};

struct KnownCall {
    std::string_view name;
    uint64_t number;
    AnswerKind kind;
    int size_argument; // -1: none
};

// Null for what calls.def does not list.
KnownCall const* find_call(uint64_t number);
KnownCall const* find_call(std::string_view name);

} // namespace farl::host
