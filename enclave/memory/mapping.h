// Mapping: one run of pages with equal attributes, as Linux's VMA. Owned by the address space; others only read it,
// and only while they hold the address space's lock.
#pragma once

#include "abi/linux/mman.h"
#include "base/checked.h"
#include "enclave/memory/address_range.h"
#include "enclave/memory/mapped_object.h"

namespace farl {

enum class MappingFlags : uint16_t {
    None = 0,
    Shared = 1 << 0,
    NoReserve = 1 << 1,
    Stack = 1 << 2,
    GrowsDown = 1 << 3,
    Locked = 1 << 4,
    DontFork = 1 << 5,
    WipeOnFork = 1 << 6,
    DontDump = 1 << 7,
    // Its pages are charged against the limit on committed memory. Like Linux's VM_ACCOUNT it stays once set.
    Accounted = 1 << 8,
};

constexpr MappingFlags operator|(MappingFlags a, MappingFlags b)
{
    return static_cast<MappingFlags>(static_cast<uint16_t>(a) | static_cast<uint16_t>(b));
}
constexpr MappingFlags without(MappingFlags flags, MappingFlags removed)
{
    return static_cast<MappingFlags>(static_cast<uint16_t>(flags) & ~static_cast<uint16_t>(removed));
}
constexpr bool has(MappingFlags flags, MappingFlags wanted)
{
    return (static_cast<uint16_t>(flags) & static_cast<uint16_t>(wanted)) != 0;
}

// Between a growing stack and what lies below it: mm/mmap.c stack_guard_gap.
inline constexpr uint64_t kStackGuardGap = 256 * kPageSize;

struct Mapping {
    AddressRange range;
    Ref<MappedObject> object;      // null: anonymous
    uint64_t offset { 0 };         // into the object, of range.start
    char const* label { nullptr }; // static text such as "[stack]"
    uint8_t protection { 0 };
    uint8_t maximum_protection { kProtRead | kProtWrite | kProtExec }; // what mprotect may still grant
    MappingFlags flags { MappingFlags::None };
    // The backend holds these pages with `protection`. False for what was never accessible, and for an object's
    // pages that the fault handler (or the caller of map) has not filled yet.
    bool resident { false };

    uint64_t start() const { return range.start; }
    uint64_t end() const { return range.end; }
    uint64_t pages() const { return range.size() / kPageSize; }
    bool is(MappingFlags wanted) const { return has(flags, wanted); }
    bool is_anonymous() const { return !object; }
    bool is_shared() const { return is(MappingFlags::Shared); }
    bool allows(int wanted) const { return (protection & wanted) == wanted; }
    uint64_t offset_of(uint64_t address) const { return offset + (address - range.start); }
    uint64_t guarded_start() const
    {
        if (!is(MappingFlags::GrowsDown))
            return range.start;
        return range.start > kStackGuardGap ? range.start - kStackGuardGap : 0;
    }

private:
    friend class MappingTree;
    struct Links {
        Mapping* parent { nullptr };
        Mapping* left { nullptr };
        Mapping* right { nullptr };
        Mapping* previous { nullptr };
        Mapping* next { nullptr };
        uint64_t gap { 0 };         // free bytes between the previous mapping and guarded_start()
        uint64_t largest_gap { 0 }; // in this subtree
        int height { 1 };
    };
    Links links_;
};

} // namespace farl
