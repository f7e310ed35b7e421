// Secret: bytes that are wiped when they are given up. It has no way to be printed: who needs the bytes says reveal().
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <vector>

namespace farl::owner {

template <typename T>
struct WipingAllocator {
    using value_type = T;

    WipingAllocator() = default;
    template <typename U>
    WipingAllocator(WipingAllocator<U> const&)
    {
    }

    T* allocate(size_t count) { return static_cast<T*>(::operator new(count * sizeof(T))); }
    void deallocate(T* memory, size_t count)
    {
        explicit_bzero(memory, count * sizeof(T));
        ::operator delete(memory);
    }
    bool operator==(WipingAllocator const&) const { return true; }
};

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) { }
    // Of zeros, to be filled in.
    explicit Secret(size_t size) : bytes_(size) { }

    std::string_view reveal() const { return { bytes_.data(), bytes_.size() }; }
    std::span<unsigned char> writable() { return { reinterpret_cast<unsigned char*>(bytes_.data()), bytes_.size() }; }
    std::span<unsigned char const> readable() const
    {
        return { reinterpret_cast<unsigned char const*>(bytes_.data()), bytes_.size() };
    }
    void append(std::string_view bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    size_t size() const { return bytes_.size(); }
    bool is_empty() const { return bytes_.empty(); }

private:
    // A vector, because a string keeps short texts in itself, which no allocator wipes.
    std::vector<char, WipingAllocator<char>> bytes_;
};

} // namespace farl::owner
