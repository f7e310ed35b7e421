#include "host/platform/emulator/operands.h"

#include "host/platform/emulator/page_leaves.h"
#include "host/platform/emulator/shadow_pages.h"

#include <cstring>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace farl::host {

namespace {

// Opens what the enclave may access, where memory is inaccessible until somebody misses it.
void open(EpcEnclave& enclave, sgx::Range operand, uint64_t permission)
{
    if (!enclave.demand)
        return;
    for (auto page = page_down(operand.address); page < operand.end(); page += kPageSize)
        (void)enclave.demand->resolve(page, permission);
}

// This process's memory as a file: writes there do not care about protection.
int memory_file()
{
    static std::atomic<int> descriptor { -1 };
    auto known = descriptor.load();
    if (known >= 0)
        return known;
    auto const opened = ::open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    if (descriptor.compare_exchange_strong(known, opened))
        return opened;
    close(opened);
    return known;
}

} // namespace

LeafFault check_operand(EpcEnclave const& enclave, uint64_t address, uint64_t size, uint64_t alignment)
{
    if (!is_aligned(address, alignment) || !enclave.range().contains({ address, size }))
        return general_protection();
    return kDone;
}

LeafFault read_bytes(EpcEnclave& enclave, uint64_t address, uint64_t alignment, std::span<std::byte> value)
{
    TRY_LEAF(check_operand(enclave, address, value.size(), alignment));
    open(enclave, { address, value.size() }, sgx::kPageRead);
    iovec ours { value.data(), value.size() }, theirs { reinterpret_cast<void*>(address), value.size() };
    bool const is_read = process_vm_readv(getpid(), &ours, 1, &theirs, 1, 0) == static_cast<ssize_t>(value.size());
    return is_read ? kDone : LeafFault(page_fault(address));
}

LeafFault write_bytes(EpcEnclave& enclave, uint64_t address, uint64_t alignment, std::span<std::byte const> value)
{
    TRY_LEAF(check_operand(enclave, address, value.size(), alignment));
    open(enclave, { address, value.size() }, sgx::kPageWrite);
    iovec ours { const_cast<std::byte*>(value.data()), value.size() };
    iovec theirs { reinterpret_cast<void*>(address), value.size() };
    bool const is_written = process_vm_writev(getpid(), &ours, 1, &theirs, 1, 0) == static_cast<ssize_t>(value.size());
    return is_written ? kDone : LeafFault(page_fault(address));
}

LeafFault read_secinfo(EpcEnclave& enclave, uint64_t address, sgx::SecInfo& info)
{
    TRY_LEAF(check_operand(enclave, address, sizeof info, sizeof info));
    auto const entry = enclave.epcm.at(page_down(address));
    if (!is_usable(entry) || !(entry & EPCM_READ))
        return page_fault(address);
    return read_operand(enclave, address, sizeof info, info);
}

void open_page(EpcEnclave& enclave, uint64_t page) { open(enclave, { page, 1 }, sgx::kPageRead); }

void bring(EpcEnclave& enclave, uint64_t page)
{
    if (!is_aligned(page, kPageSize) || !enclave.range().contains({ page, kPageSize }))
        return;
    if (enclave.demand)
        enclave.demand->bring(page);
    else
        (void)eaug(enclave, page);
}

LeafFault copy_page(uint64_t to, uint64_t from)
{
    if (auto* shadow = shadow_of(to)) {
        auto const file = memory_file();
        bool const is_read =
            pread(file, shadow, kPageSize, static_cast<off_t>(from)) == static_cast<ssize_t>(kPageSize);
        return is_read ? kDone : LeafFault(page_fault(from));
    }
    auto const* source = reinterpret_cast<void const*>(from);
    bool const is_copied =
        pwrite(memory_file(), source, kPageSize, static_cast<off_t>(to)) == static_cast<ssize_t>(kPageSize);
    return is_copied ? kDone : LeafFault(page_fault(to));
}

} // namespace farl::host
