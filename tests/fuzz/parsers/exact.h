// Inputs for the readers.
#pragma once

#include "tests/fuzz/parsers/mutator.h"

#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <string>

namespace farl::fuzz {

// Empty if there is no such file.
inline Bytes file_bytes(std::string const& path)
{
    std::ifstream file(path, std::ios::binary);
    std::vector<char> text((std::istreambuf_iterator<char>(file)), {});
    auto bytes = std::as_bytes(std::span(text));
    return { bytes.begin(), bytes.end() };
}

// An allocation of exactly the input's size, so that a sanitizer sees the first byte beyond it.
class Exact {
public:
    explicit Exact(Bytes const& input) : size_(input.size()), bytes_(std::make_unique<std::byte[]>(input.size()))
    {
        std::copy(input.begin(), input.end(), bytes_.get());
    }
    std::span<std::byte> span() { return { bytes_.get(), size_ }; }

private:
    size_t size_;
    std::unique_ptr<std::byte[]> bytes_;
};

} // namespace farl::fuzz
