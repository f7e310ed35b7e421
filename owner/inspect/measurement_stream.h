// The measurement stream of an enclave (SGXS): what ECREATE, EADD and EEXTEND append to the log whose SHA-256 is
// MRENCLAVE, as a file. Records of 64 bytes, an EEXTEND followed by its 256 bytes (SDM vol. 3D, "Measurement"). Streams
// of other tools may also carry "UNMEASRD" records, contents that are loaded and not measured. A file is not trusted.
#pragma once

#include "abi/sgx/image.h"
#include "abi/sgx/secs.h"

#include <stdexcept>
#include <vector>

namespace farl::owner {

// Pages that follow each other and are alike.
struct PageGroup {
    uint64_t offset { 0 };
    uint64_t count { 0 };
    sgx::PageType type {};
    uint64_t permissions { 0 };
    bool is_measured { false }; // all of each page

    friend bool operator==(PageGroup const&, PageGroup const&) = default;
};

struct EnclaveOutline {
    sgx::Hash mrenclave {};
    uint64_t size { 0 };
    uint32_t ssa_frame_pages { 0 };
    std::vector<PageGroup> layout; // in the order in which it is added

    uint64_t page_count() const;
    uint64_t tcs_count() const;
};

class StreamDefect : public std::runtime_error {
public:
    using runtime_error::runtime_error;
};

// Throws StreamDefect, with the place.
EnclaveOutline outline_of(std::span<std::byte const> stream);

std::vector<std::byte> measurement_stream(sgx::Image const& image);

} // namespace farl::owner
