// Fault: how an SGX instruction refuses. Leaf functions return nothing, or the fault of the manual.
#pragma once

#include "abi/sgx/ssa.h"

#include <optional>

namespace farl::host {

struct Fault {
    uint8_t vector { 0 };
    uint32_t error_code { 0 };
    uint64_t address { 0 };

    friend bool operator==(Fault const&, Fault const&) = default;
};

using LeafFault = std::optional<Fault>;
inline constexpr std::nullopt_t kDone = std::nullopt;

// #GP(0)
constexpr Fault general_protection() { return { .vector = sgx::kVectorGp }; }

// #PF of an access that the EPCM forbids: present, user, SGX.
inline constexpr uint32_t kPageFaultSgx = 0x8005;
constexpr Fault page_fault(uint64_t address)
{
    return { .vector = sgx::kVectorPf, .error_code = kPageFaultSgx, .address = address };
}

// Returns the fault of a leaf function to the caller, if there is one.
#define TRY_LEAF(expression)           \
    do {                               \
        if (auto fault = (expression)) \
            return fault;              \
    } while (0)

} // namespace farl::host
