// What a tree of files needs of the layers above, where no bytes of programs are read or written.
#include "enclave/memory/buffers.h"
#include "enclave/time/runtime_clock.h"

namespace farl {

uint64_t monotonic_ns() { return 0; }
uint64_t realtime_offset_ns() { return 1'800'000'000'000'000'000; }

Result<> Source::copy_to(size_t, void*, size_t) const { return Errno::Efault; }
size_t Source::accessible_size(size_t, size_t) const { return 0; }
Result<size_t> Sink::copy_prefix(size_t, void const*, size_t) const { return Errno::Efault; }
Result<size_t> Sink::fill_zero_prefix(size_t, size_t) const { return Errno::Efault; }

} // namespace farl
