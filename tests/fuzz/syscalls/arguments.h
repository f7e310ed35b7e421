// Values for the arguments of a call: mostly plausible, sometimes at or beyond a boundary.
#pragma once

#include "tests/fuzz/syscalls/call.h"

#include <cstdint>

namespace farl::fuzz {

class Arguments {
public:
    explicit Arguments(Dice& dice) : dice_(dice) { }

    // Structures are written where calls find them: kInputs and on.
    uint64_t make(Argument const& argument);

private:
    uint64_t buffer();
    uint64_t size();
    uint64_t offset();
    uint64_t flags(std::span<int64_t const> values);
    uint64_t path(Kind kind);
    uint64_t descriptor();
    static uint64_t own(uint64_t descriptor);
    uint64_t vector();
    uint64_t polled();
    uint64_t socket_name();
    uint64_t lock();
    uint64_t spoiled(uint64_t address);
    uint64_t time_of(int64_t seconds_at_most, int64_t parts_a_second, int pairs);

    template <typename T>
    uint64_t put(T const& value)
    {
        return put_bytes(&value, sizeof(value));
    }
    uint64_t put_bytes(void const* bytes, size_t size);

    Dice& dice_;
    uint64_t next_input_ { 0 };
};

} // namespace farl::fuzz
