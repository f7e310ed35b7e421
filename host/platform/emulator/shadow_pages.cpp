#include "host/platform/emulator/shadow_pages.h"

#include "host/platform/emulator/gate.h"
#include "host/platform/emulator/sole_enclave.h"

#include <mutex>
#include <sys/mman.h>

namespace farl::host {

namespace {

std::mutex mutex; // of changes; whoever copies has prepared the pages before

} // namespace

void begin_shadow(EpcEnclave const& enclave, sgx::Range range)
{
    std::lock_guard lock(mutex);
    auto& sole = emulator_sole_enclave;
    if (sole.shadow_size || !is_sole(enclave))
        return;
    auto* memory = mmap(nullptr, range.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return;
    sole.shadow_start = range.address;
    sole.shadow_delta = reinterpret_cast<uint64_t>(memory) - range.address;
    sole.shadow_size = range.size;
}

ShadowPages take_shadow(sgx::Range range)
{
    std::lock_guard lock(mutex);
    auto& sole = emulator_sole_enclave;
    sgx::Range const shadow { sole.shadow_start, sole.shadow_size };
    if (!shadow.size || !range.contains(shadow))
        return {};
    sole.shadow_size = 0;
    return { shadow, reinterpret_cast<void*>(shadow.address + sole.shadow_delta) };
}

void* shadow_of(uint64_t page)
{
    auto const& sole = emulator_sole_enclave;
    if (page - sole.shadow_start >= sole.shadow_size)
        return nullptr;
    return reinterpret_cast<void*>(page + sole.shadow_delta);
}

} // namespace farl::host
