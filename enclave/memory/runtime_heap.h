// RuntimeHeap: the runtime's own allocator over a reserved range, independent of the application's memory.
// Up to 32 KiB from slabs of one size class, each class with its lock; above, runs of 64 KiB blocks; from about 4 MiB
// on, whole chunks, which go back to the provider when released. Exhaustion is nullptr. A pointer that is not allocated
// (released twice, foreign, inside an object) is a panic. Any carrier may call; no lock is held while the provider
// works. Constant-initialised: usable from the first instruction once initialize() was called.
#pragma once

#include "base/spinlock.h"
#include "enclave/memory/heap_block.h"
#include "enclave/memory/page_provider.h"

namespace farl {

struct RuntimeHeapStatistics {
    uint64_t allocated_bytes { 0 }; // as rounded up to classes and blocks
    uint64_t allocated_objects { 0 };
    uint64_t committed_bytes { 0 };
};

class RuntimeHeap {
public:
    static constexpr size_t kMaxChunks = 4096;
    static constexpr size_t kLargestAlignment = 4096;

    constexpr RuntimeHeap() = default;
    RuntimeHeap(RuntimeHeap const&) = delete;
    RuntimeHeap& operator=(RuntimeHeap const&) = delete;

    // Once, before anything else. The range is cut to whole chunks, at most kMaxChunks of them.
    void initialize(uint64_t base, uint64_t end, PageProvider& provider);

    // `alignment` is a power of two, at most kLargestAlignment. A size of 0 counts as 1.
    void* allocate(size_t size, size_t alignment = 16);
    // nullptr is allowed.
    void release(void* pointer);
    // How many bytes of an allocation may be used.
    size_t usable_size(void* pointer) const;

    RuntimeHeapStatistics statistics();

private:
    enum class ChunkState : uint8_t { Unused, Growing, Blocks, Huge, HugeTail };
    struct alignas(64) SizeClass {
        Spinlock lock;
        HeapBlock* slabs { nullptr }; // those with free objects
        uint32_t empty_slabs { 0 };
        uint64_t allocated { 0 };
    };

    // runtime_heap.cpp
    void* allocate_small(size_t class_index);
    void* take_object(SizeClass& size_class);
    void release_small(HeapBlock& slab, uint64_t address);
    void* allocate_aligned(size_t size, size_t alignment);
    HeapBlock* make_slab(size_t class_index);
    static void push_slab(SizeClass& size_class, HeapBlock& slab);
    static void unlink_slab(SizeClass& size_class, HeapBlock& slab);

    // runtime_heap_blocks.cpp
    void* allocate_run(size_t size);
    void release_run(HeapBlock& block);
    void* allocate_huge(size_t size);
    void release_huge(HeapBlock& block);
    HeapBlock* take_blocks(size_t count);
    HeapBlock* try_take_blocks(size_t count);
    void give_blocks(HeapBlock& first, size_t count);
    bool grow();
    size_t reserve_chunks(size_t count, ChunkState first, ChunkState rest);
    void set_chunks(size_t first, size_t count, ChunkState state);

    uint64_t chunk_address(size_t chunk) const { return base_ + chunk * kHeapChunkSize; }
    HeapBlock& header_of(uint64_t address) const;
    uint64_t address_of(HeapBlock const& block) const;
    HeapBlock& checked_header(void const* pointer) const;

    uint64_t base_ { 0 };
    size_t chunk_count_ { 0 };
    PageProvider* provider_ { nullptr };
    SizeClass classes_[kClassCount];

    // Guards everything below. Taken after a class's lock, never before one.
    Spinlock blocks_lock_;
    size_t first_with_free_ { 0 };        // no chunk before it has a free block
    uint64_t free_blocks_[kMaxChunks] {}; // of chunks in state Blocks
    ChunkState states_[kMaxChunks] {};
    uint64_t run_bytes_ { 0 };
    uint64_t run_count_ { 0 };
    uint64_t committed_bytes_ { 0 };
};

} // namespace farl
