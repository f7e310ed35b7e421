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

// Pages that are filled, or accepted, when they are used. The exception handler cannot do that for the runtime's own
// copies, which therefore ask: with no lock held that filling takes.
class AbsentPages {
public:
    // What is absent of the range and can be filled.
    virtual void bring_in(uint64_t address, uint64_t size) = 0;

protected:
    ~AbsentPages() = default;
};

// Null as long as there can be none.
AbsentPages* absent_pages();
void set_absent_pages(AbsentPages* pages);
// Copies once more after the pages came in.
Result<> copy_user_again(uint64_t to, uint64_t from, size_t size, uint64_t user);

inline Result<> copy_from_user(void* to, uint64_t user, size_t size)
{
    if (!is_user_range(user, size))
        return Errno::Efault;
    auto target = reinterpret_cast<uint64_t>(to);
    return farl_copy_bytes(target, user, size) == 0 ? Result<> {} : copy_user_again(target, user, size, user);
}

inline Result<> copy_to_user(uint64_t user, void const* from, size_t size)
{
    if (!is_user_range(user, size))
        return Errno::Efault;
    auto source = reinterpret_cast<uint64_t>(from);
    return farl_copy_bytes(user, source, size) == 0 ? Result<> {} : copy_user_again(user, source, size, user);
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
