// Monotonic time, and how much processor time processes have taken.
#pragma once

#include <cstdint>
#include <vector>

namespace farl::load {

uint64_t monotonic_ns();
double own_processor_s();

// Of everything on this machine, interrupts included (proc(5), /proc/stat).
double machine_processor_s();

// Of all threads of a process, its own and the kernel's work for it (proc(5), /proc/pid/stat); throws if there is none.
double processor_s_of(int process);
double processor_s_of(std::vector<int> const& processes);

} // namespace farl::load
