// Staging: the arguments of one host call, laid out in untrusted memory. Lives on the stack; several may nest.
#pragma once

#include "enclave/hostcall/arena.h"
#include "enclave/memory/buffers.h"

#include <string_view>

namespace farl {

class Staging {
public:
    Staging();
    ~Staging();
    Staging(Staging const&) = delete;
    Staging& operator=(Staging const&) = delete;

    // Room for `size` bytes, aligned to 16, contents unspecified.
    Result<HostAddress> reserve(size_t size);
    Result<HostAddress> put(void const* bytes, size_t size);
    // With its terminating NUL.
    Result<HostAddress> put_string(std::string_view text);
    Result<HostAddress> put(Source const& source, size_t offset, size_t size);
    template <typename T>
    requires std::is_trivially_copyable_v<T> Result<HostAddress> put_object(T const& value)
    {
        return put(&value, sizeof(T));
    }

private:
    uint64_t used_before_;
    struct Piece {
        HostAddress address;
        size_t size { 0 };
    };
    static constexpr size_t kMostPieces = 4;
    Piece pieces_[kMostPieces];
    size_t piece_count_ { 0 };
};

} // namespace farl
