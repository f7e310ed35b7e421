#include "host/platform/sgx/linux_driver.h"

#include "abi/sgx/attributes.h"
#include "host/platform/sgx/vdso.h"

#include <cerrno>
#include <cpuid.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace farl::host {

namespace {

// Leaves of CPUID: SDM vol. 3D, "CPUID Leaf 12H"; SGX itself is leaf 7, EBX bit 2.
constexpr uint32_t kExtendedFeatures = 7, kSgxEnumeration = 0x12;
constexpr uint32_t kHasSgx = 1 << 2, kHasSgx1 = 1 << 0, kHasSgx2 = 1 << 1;
constexpr uint64_t kLargestVdso = 64 << 10;

void* pointer(uint64_t address) { return reinterpret_cast<void*>(address); }

Result<> result_of(int status) { return status < 0 ? Result<>(static_cast<Errno>(errno)) : Result<> {}; }

} // namespace

SgxFeatures LinuxDriver::features() const
{
    uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (!__get_cpuid_count(kExtendedFeatures, 0, &eax, &ebx, &ecx, &edx) || !(ebx & kHasSgx))
        return {};
    SgxFeatures features;
    __cpuid_count(kSgxEnumeration, 0, eax, ebx, ecx, edx);
    features.has_sgx1 = eax & kHasSgx1;
    features.has_sgx2 = eax & kHasSgx2;
    features.largest_log2 = edx >> 8 & 0xFF;
    __cpuid_count(kSgxEnumeration, 1, eax, ebx, ecx, edx);
    features.xfrm = (static_cast<uint64_t>(edx) << 32 | ecx) & sgx::kXfrmSupported;
    return features;
}

Result<EntryFunction> LinuxDriver::entry_function() const
{
    auto const start = getauxval(AT_SYSINFO_EHDR);
    if (!start)
        return Errno::Enosys;
    // How long it is, only its own headers say; what they say is checked against this bound.
    return find_entry_function({ static_cast<std::byte const*>(pointer(start)), kLargestVdso });
}

Result<int> LinuxDriver::open(char const* path)
{
    int const descriptor = ::open(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        return static_cast<Errno>(errno);
    return descriptor;
}

void LinuxDriver::close(int descriptor) { ::close(descriptor); }

Result<> LinuxDriver::control(int descriptor, unsigned long request, void* argument)
{
    return result_of(ioctl(descriptor, request, argument));
}

Result<> LinuxDriver::map(sgx::Range range, int protection, int descriptor)
{
    // Private mappings of enclaves are refused by the driver.
    constexpr int kFlags = MAP_SHARED | MAP_FIXED_NOREPLACE;
    auto* mapped = mmap(pointer(range.address), range.size, protection, kFlags, descriptor, 0);
    if (mapped == MAP_FAILED)
        return static_cast<Errno>(errno);
    return {};
}

void LinuxDriver::unmap(sgx::Range range) { munmap(pointer(range.address), range.size); }

Result<> LinuxDriver::protect(sgx::Range range, int protection)
{
    return result_of(mprotect(pointer(range.address), range.size, protection));
}

} // namespace farl::host
