#include "enclave/memory/runtime_heap.h"

#include "base/checked.h"

#include <bit>

namespace farl {

namespace {

// Index of the object at `offset` in a slab, by multiplication: exact for offsets below 64 KiB.
constexpr uint32_t index_in_slab(uint32_t offset, size_t class_index)
{
    constexpr auto reciprocals = [] {
        std::array<uint64_t, kClassCount> values {};
        for (size_t i = 0; i < kClassCount; ++i)
            values[i] = (1ull << 32) / kSizeClasses[i] + 1;
        return values;
    }();
    return static_cast<uint32_t>(offset * reciprocals[class_index] >> 32);
}

} // namespace

void RuntimeHeap::initialize(uint64_t base, uint64_t end, PageProvider& provider)
{
    ASSERT(!provider_ && base < end);
    base_ = align_up<uint64_t>(base, kHeapChunkSize);
    chunk_count_ = std::min<size_t>((end - base_) / kHeapChunkSize, kMaxChunks);
    provider_ = &provider;
}

void* RuntimeHeap::allocate(size_t size, size_t alignment)
{
    if (alignment > kSmallestClass) [[unlikely]]
        return allocate_aligned(size, alignment);
    if (size > kLargestClass) [[unlikely]]
        return allocate_run(size);
    return allocate_small(class_of(size ? size : 1));
}

// A slab starts at a block's border, so an object is aligned if its class's size is a multiple of the alignment.
void* RuntimeHeap::allocate_aligned(size_t size, size_t alignment)
{
    ASSERT(is_power_of_two(alignment) && alignment <= kLargestAlignment);
    if (size > kLargestClass)
        return allocate_run(size);
    for (auto index = class_of(std::max(size, alignment)); index < kClassCount; ++index) {
        if (is_aligned(kSizeClasses[index], alignment))
            return allocate_small(index);
    }
    return nullptr;
}

void* RuntimeHeap::allocate_small(size_t class_index)
{
    auto& size_class = classes_[class_index];
    {
        LockGuard guard(size_class.lock);
        if (size_class.slabs) [[likely]]
            return take_object(size_class);
    }
    auto* slab = make_slab(class_index);
    if (!slab)
        return nullptr;
    LockGuard guard(size_class.lock);
    push_slab(size_class, *slab);
    ++size_class.empty_slabs;
    return take_object(size_class);
}

void* RuntimeHeap::take_object(SizeClass& size_class)
{
    auto& slab = *size_class.slabs;
    auto word = static_cast<uint32_t>(std::countr_zero(slab.words_with_free));
    auto bit = static_cast<uint32_t>(std::countr_zero(slab.free_objects[word]));
    slab.free_objects[word] &= slab.free_objects[word] - 1;
    if (slab.free_objects[word] == 0)
        slab.words_with_free &= ~(1ull << word);
    if (slab.free_count == slab.capacity)
        --size_class.empty_slabs;
    if (--slab.free_count == 0)
        unlink_slab(size_class, slab);
    ++size_class.allocated;
    auto offset = static_cast<uint64_t>(word * 64 + bit) * kSizeClasses[slab.class_index];
    return reinterpret_cast<void*>(address_of(slab) + offset);
}

void RuntimeHeap::release(void* pointer)
{
    if (!pointer)
        return;
    auto& header = checked_header(pointer);
    if (header.kind == HeapBlock::Kind::Slab) [[likely]]
        return release_small(header, reinterpret_cast<uint64_t>(pointer));
    ASSERT(address_of(header) == reinterpret_cast<uint64_t>(pointer));
    if (header.kind == HeapBlock::Kind::Run)
        return release_run(header);
    ASSERT(header.kind == HeapBlock::Kind::Huge);
    release_huge(header);
}

// Each class keeps one empty slab, so that allocating and releasing one object does not move blocks about.
void RuntimeHeap::release_small(HeapBlock& slab, uint64_t address)
{
    auto offset = static_cast<uint32_t>(address - address_of(slab));
    auto index = index_in_slab(offset, slab.class_index);
    ASSERT(index < slab.capacity && index * kSizeClasses[slab.class_index] == offset);
    auto& size_class = classes_[slab.class_index];
    {
        LockGuard guard(size_class.lock);
        auto& word = slab.free_objects[index / 64];
        ASSERT(!(word & (1ull << index % 64))); // released twice
        word |= 1ull << index % 64;
        slab.words_with_free |= 1ull << index / 64;
        --size_class.allocated;
        if (slab.free_count++ == 0)
            push_slab(size_class, slab);
        if (slab.free_count != slab.capacity || size_class.empty_slabs++ == 0)
            return;
        --size_class.empty_slabs;
        unlink_slab(size_class, slab);
    }
    give_blocks(slab, 1);
}

HeapBlock* RuntimeHeap::make_slab(size_t class_index)
{
    auto* slab = take_blocks(1);
    if (!slab)
        return nullptr;
    auto capacity = static_cast<uint32_t>(kHeapBlockSize / kSizeClasses[class_index]);
    slab->class_index = static_cast<uint32_t>(class_index);
    slab->capacity = slab->free_count = capacity;
    slab->words_with_free = 0;
    for (uint32_t word = 0; word * 64 < capacity; ++word) {
        auto left = capacity - word * 64;
        slab->free_objects[word] = left >= 64 ? ~0ull : (1ull << left) - 1;
        slab->words_with_free |= 1ull << word;
    }
    slab->kind = HeapBlock::Kind::Slab;
    return slab;
}

void RuntimeHeap::push_slab(SizeClass& size_class, HeapBlock& slab)
{
    slab.previous = nullptr;
    slab.next = size_class.slabs;
    if (slab.next)
        slab.next->previous = &slab;
    size_class.slabs = &slab;
}

void RuntimeHeap::unlink_slab(SizeClass& size_class, HeapBlock& slab)
{
    (slab.previous ? slab.previous->next : size_class.slabs) = slab.next;
    if (slab.next)
        slab.next->previous = slab.previous;
}

size_t RuntimeHeap::usable_size(void* pointer) const
{
    auto& header = checked_header(pointer);
    return header.kind == HeapBlock::Kind::Slab ? kSizeClasses[header.class_index] : header.size;
}

RuntimeHeapStatistics RuntimeHeap::statistics()
{
    RuntimeHeapStatistics statistics;
    for (size_t i = 0; i < kClassCount; ++i) {
        LockGuard guard(classes_[i].lock);
        statistics.allocated_objects += classes_[i].allocated;
        statistics.allocated_bytes += classes_[i].allocated * kSizeClasses[i];
    }
    LockGuard guard(blocks_lock_);
    statistics.allocated_objects += run_count_;
    statistics.allocated_bytes += run_bytes_;
    statistics.committed_bytes = committed_bytes_;
    return statistics;
}

} // namespace farl
