// The heap's layout: chunks of 4 MiB, each of 64 blocks of 64 KiB. Block 0 of a chunk holds one header for each of
// its blocks, so that a pointer leads to its header by arithmetic. Nothing of the heap's own lies among the objects.
#pragma once

#include "enclave/memory/size_classes.h"

#include <cstddef>
#include <cstdint>

namespace farl {

inline constexpr size_t kHeapBlockSize = 64 * 1024;
inline constexpr size_t kHeapBlocksPerChunk = 64;
inline constexpr size_t kHeapChunkSize = kHeapBlockSize * kHeapBlocksPerChunk;
inline constexpr size_t kObjectsPerBlock = kHeapBlockSize / kSmallestClass;

struct HeapBlock {
    enum class Kind : uint32_t {
        Free, // zero, as fresh pages are
        Slab, // objects of one class
        Run,  // the first block of a large allocation
        Huge, // the first block of a run of chunks
    };

    Kind kind;
    uint32_t class_index; // of a slab
    uint32_t free_count;  // of a slab
    uint32_t capacity;    // of a slab
    uint64_t size;        // of a run in bytes
    HeapBlock* next;      // among the slabs of the class that have free objects
    HeapBlock* previous;
    uint64_t words_with_free; // bit i: free_objects[i] is not zero
    uint64_t free_objects[kObjectsPerBlock / 64];
};

inline constexpr size_t kHeapHeaderSize = kHeapBlockSize / kHeapBlocksPerChunk;
static_assert(sizeof(HeapBlock) <= kHeapHeaderSize && kObjectsPerBlock / 64 <= 64);

} // namespace farl
