// A run of enclave pages as the builder of an enclave adds them: what the signer measures and the launcher loads.
#pragma once

#include "abi/sgx/secinfo.h"

#include <span>

namespace farl::sgx {

struct Range {
    uint64_t address { 0 };
    uint64_t size { 0 };

    constexpr uint64_t end() const { return address + size; }
    constexpr bool contains(uint64_t other) const { return other - address < size; }
    constexpr bool contains(Range other) const
    {
        return contains(other.address) && other.size <= end() - other.address;
    }
    constexpr bool overlaps(Range other) const { return contains(other.address) || other.contains(address); }
};

// Pages that follow each other, with one SECINFO. Contents shorter than the range are continued with zeros.
struct PageRun {
    Range range;
    SecInfo info;
    std::span<std::byte const> contents;
    bool is_measured { true };
};

} // namespace farl::sgx
