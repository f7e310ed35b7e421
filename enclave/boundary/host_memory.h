// The only door to untrusted memory. Host memory has no T*: a HostAddress can be read and written only here, in
// aligned 8-byte words (CVE-2022-21233, INTEL-SA-00615 and -00657), and each value is copied once before use.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace farl {

// An address outside ELRANGE, or null. create() is the named check; arithmetic keeps the type.
class HostAddress {
public:
    constexpr HostAddress() = default;
    // EFAULT unless [address, address + size) is word-aligned and lies wholly outside the enclave.
    static Result<HostAddress> create(uint64_t address, uint64_t size);

    constexpr uint64_t value() const { return value_; }
    constexpr HostAddress operator+(uint64_t offset) const { return HostAddress(value_ + offset); }
    explicit constexpr operator bool() const { return value_ != 0; }

private:
    explicit constexpr HostAddress(uint64_t value) : value_(value) { }
    uint64_t value_ { 0 };
};

uint64_t host_read_word(HostAddress from);
void host_write_word(HostAddress to, uint64_t value);
// A hint: brings the cache line here, to be written soon.
void host_prepare_write(HostAddress to);

// Any size and trusted alignment; the host side is padded to whole words.
void host_copy_in(void* to, HostAddress from, size_t size);
void host_copy_out(HostAddress to, void const* from, size_t size);

template <typename T>
requires std::is_trivially_copyable_v<T> T host_read(HostAddress from)
{
    T value;
    host_copy_in(&value, from, sizeof(T));
    return value;
}

template <typename T>
requires std::is_trivially_copyable_v<T>
void host_write(HostAddress to, T const& value) { host_copy_out(to, &value, sizeof(T)); }

// The same for application memory, which may fault: EFAULT then, with an unspecified part copied.
Result<> host_copy_in_to_user(uint64_t user, HostAddress from, size_t size);
Result<> host_copy_out_from_user(HostAddress to, uint64_t user, size_t size);

} // namespace farl
