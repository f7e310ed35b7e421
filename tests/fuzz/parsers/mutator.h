// Mutator: damages a good input a little, as a seed decides: bits, words at boundaries, lengths, pieces copied over
// others.
#pragma once

#include "tests/fuzz/syscalls/random.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

namespace farl::fuzz {

using Bytes = std::vector<std::byte>;

class Mutator {
public:
    explicit Mutator(uint64_t seed) : dice_(seed, 0) { }

    Bytes damaged(Bytes input)
    {
        for (auto count = 1 + dice_.below(4); count && !input.empty(); --count)
            damage(input);
        return input;
    }

private:
    // Fields sit at the front of most formats.
    size_t somewhere(Bytes const& input)
    {
        return dice_.below(dice_.one_in(2) && input.size() > 256 ? 256 : input.size());
    }

    void damage(Bytes& input)
    {
        static constexpr uint64_t kWords[] { 0, 1, 7, 8, 0x7f, 0x80, 0xff, 0x1000, 0x7fff'ffff, 0x8000'0000,
            0xffff'ffff, 0x1'0000'0000, 0x7fff'ffff'ffff'ffff, 1ull << 63, ~0ull, ~0ull - 7, 0xffff'ffff'ffff'f000 };
        auto at = somewhere(input);
        switch (dice_.below(6)) {
        case 0:
            input[at] ^= static_cast<std::byte>(1u << dice_.below(8));
            return;
        case 1:
            input[at] = static_cast<std::byte>(dice_.next());
            return;
        case 2:
            input.resize(dice_.one_in(2) ? at : input.size() + dice_.below(64));
            return;
        case 3:
            return copy_within(input, at);
        default:
            return put_word(input, at / 4 * 4, dice_.one_in(4) ? dice_.next() : dice_.pick(std::span(kWords)));
        }
    }

    void copy_within(Bytes& input, size_t to)
    {
        auto from = dice_.below(input.size());
        auto size = dice_.below(64);
        size = std::min({ static_cast<size_t>(size), input.size() - from, input.size() - to });
        memmove(input.data() + to, input.data() + from, size);
    }

    void put_word(Bytes& input, size_t at, uint64_t word)
    {
        auto size = std::min<size_t>(1ull << dice_.below(4), input.size() - at);
        memcpy(input.data() + at, &word, size);
    }

    Dice dice_;
};

} // namespace farl::fuzz
