// The vDSO, an ELF image that the kernel maps into each process (vdso(7)), and in it the function that enters enclaves.
// Pure: reads nothing outside of the image's bytes.
#pragma once

#include "host/platform/sgx/driver.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace farl::host {

struct VdsoSymbol {
    uint64_t address { 0 }; // in this process
    uint64_t size { 0 };
};

// `image` starts where the image is mapped and may be longer than it. Nothing if the function is not there, or the
// image is damaged.
std::optional<VdsoSymbol> find_vdso_function(std::span<std::byte const> image, std::string_view name);

// ENOSYS if there is none, or its one ENCLU is not found.
Result<EntryFunction> find_entry_function(std::span<std::byte const> image);

} // namespace farl::host
