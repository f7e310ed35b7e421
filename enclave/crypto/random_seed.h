// The processor's own random numbers (RDRAND): the only source the enclave has that the host cannot choose.
#pragma once

#include <cstdint>

namespace farl {

// Panics if RDRAND fails persistently, as Intel's guide says a working processor does not.
uint64_t random_seed();

} // namespace farl
