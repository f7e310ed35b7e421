// What ECREATE, EADD and EEXTEND append to the log whose SHA-256 is MRENCLAVE. SDM vol. 3D, "Measurement".
// Pure: the caller brings the hash.
#pragma once

#include "abi/sgx/page_run.h"
#include "base/checked.h"

#include <array>
#include <cstring>

namespace farl::sgx {

using MeasurementRecord = std::array<std::byte, 64>;
inline constexpr size_t kExtendSize = 256;

namespace measurement {

template <typename... Fields>
MeasurementRecord record(char const (&name)[8], Fields const&... fields)
{
    MeasurementRecord bytes {};
    std::memcpy(bytes.data(), name, sizeof(name));
    size_t offset = sizeof(name);
    ((std::memcpy(bytes.data() + offset, &fields, sizeof(fields)), offset += sizeof(fields)), ...);
    return bytes;
}

inline MeasurementRecord ecreate(uint32_t ssa_frame_pages, uint64_t enclave_size)
{
    return record("ECREATE", ssa_frame_pages, enclave_size);
}

// The permissions of a TCS page count as none.
inline MeasurementRecord eadd(uint64_t offset, SecInfo info)
{
    if (info.type() == PageType::Tcs)
        info.flags &= ~kPagePermissions;
    std::array<uint64_t, 6> measured_part;
    std::memcpy(measured_part.data(), &info, sizeof(measured_part));
    return record({ 'E', 'A', 'D', 'D' }, offset, measured_part);
}

inline MeasurementRecord eextend(uint64_t offset) { return record("EEXTEND", offset); }

} // namespace measurement

// EEXTEND of all of one page: `update` takes a span of bytes.
template <typename Update>
void measure_page(uint64_t offset, std::span<std::byte const, kPageSize> page, Update&& update)
{
    for (size_t chunk = 0; chunk < kPageSize; chunk += kExtendSize) {
        update(std::span<std::byte const>(measurement::eextend(offset + chunk)));
        update(std::span<std::byte const>(page.subspan(chunk, kExtendSize)));
    }
}

// EADD and EEXTEND of a run, page by page, in an enclave at `base`.
template <typename Update>
void measure_run(PageRun const& run, uint64_t base, Update&& update)
{
    std::array<std::byte, kPageSize> page;
    for (uint64_t done = 0; done < run.range.size; done += kPageSize) {
        auto offset = run.range.address - base + done;
        update(std::span<std::byte const>(measurement::eadd(offset, run.info)));
        if (!run.is_measured)
            continue;
        auto size = done < run.contents.size() ? std::min(run.contents.size() - done, kPageSize) : 0;
        page.fill(std::byte {});
        if (size)
            std::memcpy(page.data(), run.contents.data() + done, size);
        measure_page(offset, std::span<std::byte const, kPageSize>(page), update);
    }
}

} // namespace farl::sgx
