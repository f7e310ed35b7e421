// AddressRange: [start, end), both page-aligned unless the user says otherwise.
#pragma once

#include <algorithm>
#include <cstdint>

namespace farl {

struct AddressRange {
    uint64_t start { 0 };
    uint64_t end { 0 };

    uint64_t size() const { return end - start; }
    bool is_empty() const { return start >= end; }
    bool contains(uint64_t address) const { return address >= start && address < end; }
    bool contains(AddressRange other) const { return other.start >= start && other.end <= end; }
    bool overlaps(AddressRange other) const { return start < other.end && other.start < end; }
    AddressRange intersection(AddressRange other) const
    {
        return { std::max(start, other.start), std::min(end, other.end) };
    }
    bool operator==(AddressRange const&) const = default;
};

} // namespace farl
