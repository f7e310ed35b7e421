// Secret<Size>: key material. Wiped when it goes; moved, which wipes the source, but never copied.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>

namespace farl {

// Not removed by the compiler, as a memset before the end of a lifetime would be.
inline void wipe(void* bytes, size_t size)
{
    memset(bytes, 0, size);
    asm volatile("" : : "r"(bytes) : "memory");
}

template <size_t Size>
class Secret {
public:
    Secret() = default; // zeros, to be written through bytes()
    explicit Secret(std::span<std::byte const, Size> bytes) { memcpy(bytes_.data(), bytes.data(), Size); }
    Secret(Secret&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_.data(), Size); }
    Secret& operator=(Secret&& other) noexcept
    {
        if (this != &other) {
            bytes_ = other.bytes_;
            wipe(other.bytes_.data(), Size);
        }
        return *this;
    }
    Secret(Secret const&) = delete;
    Secret& operator=(Secret const&) = delete;
    ~Secret() { wipe(bytes_.data(), Size); }

    std::span<std::byte const, Size> bytes() const { return bytes_; }
    std::span<std::byte, Size> bytes() { return bytes_; }

private:
    std::array<std::byte, Size> bytes_ {};
};

} // namespace farl
