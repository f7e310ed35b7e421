// Dice: the seeded source of every choice of a sequence. Each call of a sequence has dice of its own, so that a call
// means the same whichever other calls were taken out of the sequence.
#pragma once

#include <cstdint>
#include <span>

namespace farl::fuzz {

class Dice {
public:
    Dice(uint64_t seed, uint64_t index) : state_(seed * 0x9e3779b97f4a7c15 + index * 0xd1342543de82ef95 + 1)
    {
        (void)next();
        (void)next();
    }

    // splitmix64
    uint64_t next()
    {
        auto z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    uint64_t below(uint64_t limit) { return next() % limit; }
    bool one_in(uint64_t limit) { return below(limit) == 0; }
    template <typename T, size_t Extent>
    T pick(std::span<T const, Extent> from)
    {
        return from[below(from.size())];
    }

private:
    uint64_t state_;
};

} // namespace farl::fuzz
