// Operands of ENCLU in the enclave's memory, which may not be accessible: the kernel reads and writes them.
// For signal handlers.
#pragma once

#include "host/platform/emulator/epc_enclave.h"

#include <span>

namespace farl::host {

// #GP if the operand is not aligned, or not in the enclave.
LeafFault check_operand(EpcEnclave const& enclave, uint64_t address, uint64_t size, uint64_t alignment);

LeafFault read_bytes(EpcEnclave& enclave, uint64_t address, uint64_t alignment, std::span<std::byte> value);
LeafFault write_bytes(EpcEnclave& enclave, uint64_t address, uint64_t alignment, std::span<std::byte const> value);

template <typename T>
LeafFault read_operand(EpcEnclave& enclave, uint64_t address, uint64_t alignment, T& value)
{
    return read_bytes(enclave, address, alignment, std::as_writable_bytes(std::span(&value, 1)));
}

template <typename T>
LeafFault write_operand(EpcEnclave& enclave, uint64_t address, uint64_t alignment, T const& value)
{
    return write_bytes(enclave, address, alignment, std::as_bytes(std::span(&value, 1)));
}

// A SECINFO, which lies in a page that the enclave has accepted and may read.
LeafFault read_secinfo(EpcEnclave& enclave, uint64_t address, sgx::SecInfo& info);

// Lets the emulator itself read a page that the enclave may read.
void open_page(EpcEnclave& enclave, uint64_t page);

// What a kernel does before it lets an enclave go on that misses a page.
void bring(EpcEnclave& enclave, uint64_t page);

// To a page that is inaccessible, from one that may be.
LeafFault copy_page(uint64_t to, uint64_t from);

} // namespace farl::host
