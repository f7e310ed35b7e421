// The extended state of this processor: which components XCR0 enables, and where XSAVE's standard format puts them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace farl::host {

// The components that an enclave may use here: what processor and kernel have, of what Farl supports.
uint64_t supported_xfrm();

// Size of the XSAVE area, standard format, that holds the components of `xfrm`.
size_t xsave_size(uint64_t xfrm);

// Whether XGETBV tells which components are in use, as every processor with SGX does.
bool has_xinuse();

constexpr bool is_canonical(uint64_t address)
{
    auto const upper = static_cast<int64_t>(address) >> 47;
    return upper == 0 || upper == -1;
}

} // namespace farl::host
