// Random numbers for attacks, of each thread its own. Not from a fixed seed: each run of a test tries others.
#pragma once

#include <cstdint>
#include <random>

namespace farl::host {

inline uint64_t next_random()
{
    thread_local std::mt19937_64 generator { std::random_device {}() };
    return generator();
}

} // namespace farl::host
