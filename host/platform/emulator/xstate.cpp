#include "host/platform/emulator/xstate.h"

#include "abi/sgx/attributes.h"
#include "abi/sgx/ssa.h"

#include <algorithm>
#include <cpuid.h>

namespace farl::host {

namespace {

uint64_t read_xcr0()
{
    uint32_t low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return static_cast<uint64_t>(high) << 32 | low;
}

} // namespace

uint64_t supported_xfrm() { return read_xcr0() & sgx::kXfrmSupported; }

bool has_xinuse()
{
    uint32_t eax, ebx, ecx, edx;
    return __get_cpuid_count(0xD, 1, &eax, &ebx, &ecx, &edx) && (eax & 4);
}

size_t xsave_size(uint64_t xfrm)
{
    size_t size = sgx::kXsaveLegacySize + sgx::kXsaveHeaderSize;
    for (unsigned component = 2; component < 63; ++component) {
        if (!(xfrm >> component & 1))
            continue;
        uint32_t component_size, offset, ecx, edx;
        __cpuid_count(0xD, component, component_size, offset, ecx, edx);
        size = std::max<size_t>(size, offset + component_size);
    }
    return size;
}

} // namespace farl::host
