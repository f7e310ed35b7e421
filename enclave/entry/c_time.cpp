// Time for BoringSSL: of certificates and sessions. It is the runtime's realtime, for which the host's word is taken
// (docs/design/0003-clock.md): whoever verifies a certificate by it trusts the host not to hide that it has expired.
#include "enclave/time/runtime_clock.h"

#include <ctime>
#include <sys/time.h>

namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;

uint64_t realtime_ns() { return farl::monotonic_ns() + farl::realtime_offset_ns(); }

} // namespace

extern "C" {

time_t time(time_t* result) noexcept
{
    auto now = static_cast<time_t>(realtime_ns() / kNsPerSecond);
    if (result)
        *result = now;
    return now;
}

int gettimeofday(timeval* result, void*) noexcept
{
    auto now = realtime_ns();
    *result = { static_cast<time_t>(now / kNsPerSecond), static_cast<suseconds_t>(now % kNsPerSecond / 1000) };
    return 0;
}

} // extern "C"
