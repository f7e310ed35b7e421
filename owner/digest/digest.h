// SHA-256 of bytes that are there, or that come piece by piece; and bytes as hexadecimal text.
#pragma once

#include "owner/digest/hexadecimal.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct SHA256state_st; // of OpenSSL

namespace farl::owner {

std::array<uint8_t, 32> sha256(std::span<std::byte const> bytes);

class Sha256 {
public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    ~Sha256();

    void add(std::span<std::byte const> bytes);
    std::array<uint8_t, 32> finish(); // once

private:
    std::unique_ptr<SHA256state_st> state_;
};

} // namespace farl::owner
