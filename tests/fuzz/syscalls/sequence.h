// One sequence of calls: what index `i` of seed `s` does depends on nothing else, so any subset can be run.
#pragma once

#include "tests/fuzz/syscalls/world.h"

#include <span>

namespace farl::fuzz {

// Runs the calls of these indices in a new world and writes a line for each, then lines about what is left.
void run_sequence(World& world, uint64_t seed, std::span<uint64_t const> indices);

// Any numbers, any arguments: only to see whether the program can be stopped from going on.
void run_chaos(World& world, uint64_t seed, uint64_t count);

// How many calls have begun: for a watcher.
uint64_t calls_begun();
void note_call();

} // namespace farl::fuzz
