// What tells a quote of the emulator from a real one. It has the format of version 3 (quote.h) with another vendor's
// id, so that no verifier of real quotes takes it for one, and a chain of certificates that ends at a root of its own
// for each machine. It proves which machine's emulator ran an enclave, if that root's key is known, and protects
// nothing.
#pragma once

#include "abi/sgx/quote.h"

namespace farl::sgx {

namespace detail {
template <typename Byte, size_t Size>
constexpr std::array<Byte, Size - 1> bytes_of(char const (&text)[Size])
{
    std::array<Byte, Size - 1> array {};
    for (size_t i = 0; i < array.size(); ++i)
        array[i] = static_cast<Byte>(text[i]);
    return array;
}
} // namespace detail

inline constexpr std::array<uint8_t, 16> kQeVendorEmulator = detail::bytes_of<uint8_t>("Farl emulated QE");

// The identity of the emulated quoting enclave, which is no enclave: so it has no hash.
inline constexpr Hash kEmulatedQeMeasurement = detail::bytes_of<std::byte>("emulated QE, protects nothing...");
inline constexpr Hash kEmulatedQeSigner = detail::bytes_of<std::byte>("emulated QE, signed by nobody...");
inline constexpr Attributes kEmulatedQeAttributes { kAttributeInit | kAttributeMode64Bit | kAttributeProvisionKey,
    kXfrmLegacy };

// The first bytes of the header's user data: a number of the machine, where real quotes have one of the quoting
// enclave.
inline constexpr size_t kEmulatedPlatformIdSize = 16;

} // namespace farl::sgx
