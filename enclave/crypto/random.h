// Random bytes for the application and for keys: a generator seeded and reseeded from the processor (RDRAND, RDSEED),
// never from the host.
#pragma once

#include <cstddef>

namespace farl {

void fill_random(void* bytes, size_t size);

} // namespace farl
