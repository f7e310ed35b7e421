// The application's memory, seen from the runtime. It lies inside the enclave, but any access may fault (EFAULT), and
// other threads may change it at any time: copy once, then check, then use.
#pragma once

#include "abi/sgx/layout.h"
#include "base/result.h"
#include "base/string.h"
#include "enclave/boundary/copy.h"

#include <type_traits>

namespace farl {

inline bool is_user_range(uint64_t address, uint64_t size)
{
    return address <= sgx::kApplicationEnd && size <= sgx::kApplicationEnd - address;
}

inline Result<> copy_from_user(void* to, uint64_t user, size_t size)
{
    if (!is_user_range(user, size) || farl_copy_bytes(reinterpret_cast<uint64_t>(to), user, size) != 0)
        return Errno::Efault;
    return {};
}

inline Result<> copy_to_user(uint64_t user, void const* from, size_t size)
{
    if (!is_user_range(user, size) || farl_copy_bytes(user, reinterpret_cast<uint64_t>(from), size) != 0)
        return Errno::Efault;
    return {};
}

// ENAMETOOLONG if there is no NUL within `limit` bytes (the limit counts the NUL).
Result<String> read_user_string(uint64_t user, size_t limit);

// Direction-typed pointers, as parameters of system calls.
template <typename T>
struct UserIn {
    uint64_t address { 0 };

    explicit operator bool() const { return address != 0; }
    Result<T> read(size_t index = 0) const
    {
        T value;
        TRY(copy_from_user(&value, address + index * sizeof(T), sizeof(T)));
        return value;
    }
};

template <typename T>
struct UserOut {
    uint64_t address { 0 };

    explicit operator bool() const { return address != 0; }
    Result<> write(T const& value, size_t index = 0) const
    {
        return copy_to_user(address + index * sizeof(T), &value, sizeof(T));
    }
};

template <typename T>
struct UserInOut : UserIn<T> {
    Result<> write(T const& value) const { return copy_to_user(this->address, &value, sizeof(T)); }
};

struct UserString {
    uint64_t address { 0 };

    explicit operator bool() const { return address != 0; }
    Result<String> read(size_t limit = 4096) const { return read_user_string(address, limit); }
};

// Untyped addresses: byte buffers and addresses that are values, not memory to touch.
struct UserBytes {
    uint64_t address { 0 };
    explicit operator bool() const { return address != 0; }
};

} // namespace farl
