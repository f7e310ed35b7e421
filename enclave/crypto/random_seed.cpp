#include "enclave/crypto/random_seed.h"

#include "base/result.h"

namespace farl {

namespace {

constexpr int kMostTries = 1000;

// Some processors answer all ones, with the carry set, after a suspend: that is a failure too.
bool try_rdrand(uint64_t& value)
{
    bool ok;
    asm volatile("rdrand %0" : "=r"(value), "=@ccc"(ok));
    return ok && value != ~0ull && value != 0;
}

} // namespace

__attribute__((no_stack_protector)) uint64_t random_seed()
{
    uint64_t value;
    for (int i = 0; i < kMostTries; ++i)
        if (try_rdrand(value))
            return value;
    panic(__FILE__, __LINE__, "the processor's random number generator does not work");
}

} // namespace farl
