// Blocks and chunks of the runtime's heap. A chunk in state Growing belongs to the carrier that commits it.
#include "enclave/memory/runtime_heap.h"

#include "base/checked.h"

#include <bit>

namespace farl {

namespace {

constexpr uint64_t kAllButHeaders = ~1ull;

// Bits that start a run of `count` set bits.
uint64_t run_starts(uint64_t bits, size_t count)
{
    size_t covered = 1;
    while (covered < count && bits) {
        auto step = std::min(covered, count - covered);
        bits &= bits >> step;
        covered += step;
    }
    return bits;
}

uint64_t run_mask(size_t first, size_t count) { return (count == 64 ? ~0ull : (1ull << count) - 1) << first; }

} // namespace

HeapBlock& RuntimeHeap::header_of(uint64_t address) const
{
    auto chunk = align_down<uint64_t>(address, kHeapChunkSize);
    auto block = (address - chunk) / kHeapBlockSize;
    return *reinterpret_cast<HeapBlock*>(chunk + block * kHeapHeaderSize);
}

uint64_t RuntimeHeap::address_of(HeapBlock const& block) const
{
    auto header = reinterpret_cast<uint64_t>(&block);
    auto chunk = align_down<uint64_t>(header, kHeapChunkSize);
    return chunk + (header - chunk) / kHeapHeaderSize * kHeapBlockSize;
}

// Only what lies in a chunk that is in use has a header to look at.
HeapBlock& RuntimeHeap::checked_header(void const* pointer) const
{
    auto address = reinterpret_cast<uint64_t>(pointer);
    auto chunk = (address - base_) / kHeapChunkSize;
    ASSERT(address >= base_ && chunk < chunk_count_);
    auto state = states_[chunk];
    ASSERT(state == ChunkState::Blocks || state == ChunkState::Huge);
    auto& header = header_of(address);
    ASSERT(header.kind != HeapBlock::Kind::Free);
    return header;
}

void* RuntimeHeap::allocate_run(size_t size)
{
    if (size > chunk_count_ * kHeapChunkSize)
        return nullptr;
    auto count = align_up<size_t>(size, kHeapBlockSize) / kHeapBlockSize;
    if (count >= kHeapBlocksPerChunk)
        return allocate_huge(size);
    auto* block = take_blocks(count);
    if (!block)
        return nullptr;
    block->size = count * kHeapBlockSize;
    block->kind = HeapBlock::Kind::Run;
    LockGuard guard(blocks_lock_);
    run_bytes_ += block->size;
    ++run_count_;
    return reinterpret_cast<void*>(address_of(*block));
}

void RuntimeHeap::release_run(HeapBlock& block)
{
    {
        LockGuard guard(blocks_lock_);
        ASSERT(block.kind == HeapBlock::Kind::Run);
        run_bytes_ -= block.size;
        --run_count_;
    }
    give_blocks(block, block.size / kHeapBlockSize);
}

HeapBlock* RuntimeHeap::take_blocks(size_t count)
{
    for (;;) {
        if (auto* block = try_take_blocks(count))
            return block;
        if (!grow())
            return nullptr;
    }
}

HeapBlock* RuntimeHeap::try_take_blocks(size_t count)
{
    LockGuard guard(blocks_lock_);
    while (first_with_free_ < chunk_count_ && !free_blocks_[first_with_free_])
        ++first_with_free_;
    for (auto chunk = first_with_free_; chunk < chunk_count_; ++chunk) {
        auto starts = run_starts(free_blocks_[chunk], count);
        if (!starts)
            continue;
        auto first = static_cast<size_t>(std::countr_zero(starts));
        free_blocks_[chunk] &= ~run_mask(first, count);
        return &header_of(chunk_address(chunk) + first * kHeapBlockSize);
    }
    return nullptr;
}

void RuntimeHeap::give_blocks(HeapBlock& first, size_t count)
{
    auto address = address_of(first);
    auto chunk = (address - base_) / kHeapChunkSize;
    auto mask = run_mask((address - chunk_address(chunk)) / kHeapBlockSize, count);
    LockGuard guard(blocks_lock_);
    ASSERT(first.kind != HeapBlock::Kind::Free && !(free_blocks_[chunk] & mask));
    first.kind = HeapBlock::Kind::Free;
    free_blocks_[chunk] |= mask;
    first_with_free_ = std::min<size_t>(first_with_free_, chunk);
}

// Adds one chunk.
bool RuntimeHeap::grow()
{
    auto chunk = reserve_chunks(1, ChunkState::Growing, ChunkState::Growing);
    if (chunk == chunk_count_)
        return false;
    bool is_committed = provider_->commit(chunk_address(chunk), kHeapChunkSize).is_ok();
    LockGuard guard(blocks_lock_);
    states_[chunk] = is_committed ? ChunkState::Blocks : ChunkState::Unused;
    if (!is_committed)
        return false;
    free_blocks_[chunk] = kAllButHeaders;
    first_with_free_ = std::min(first_with_free_, chunk);
    committed_bytes_ += kHeapChunkSize;
    return true;
}

// Block 0 of the first chunk holds its header; the allocation starts behind it and may use whole chunks.
void* RuntimeHeap::allocate_huge(size_t size)
{
    auto usable = page_up(size);
    auto committed = kHeapBlockSize + usable;
    auto count = align_up<size_t>(committed, kHeapChunkSize) / kHeapChunkSize;
    auto chunk = reserve_chunks(count, ChunkState::Growing, ChunkState::HugeTail);
    if (chunk == chunk_count_)
        return nullptr;
    if (provider_->commit(chunk_address(chunk), committed).is_error()) {
        set_chunks(chunk, count, ChunkState::Unused);
        return nullptr;
    }
    auto& block = header_of(chunk_address(chunk) + kHeapBlockSize);
    block.size = usable;
    block.kind = HeapBlock::Kind::Huge;
    LockGuard guard(blocks_lock_);
    states_[chunk] = ChunkState::Huge;
    committed_bytes_ += committed;
    run_bytes_ += usable;
    ++run_count_;
    return reinterpret_cast<void*>(address_of(block));
}

void RuntimeHeap::release_huge(HeapBlock& block)
{
    auto usable = block.size;
    auto committed = kHeapBlockSize + usable;
    auto chunk = (reinterpret_cast<uint64_t>(&block) - base_) / kHeapChunkSize;
    {
        LockGuard guard(blocks_lock_);
        ASSERT(states_[chunk] == ChunkState::Huge); // released twice
        states_[chunk] = ChunkState::Growing;
        committed_bytes_ -= committed;
        run_bytes_ -= usable;
        --run_count_;
    }
    // A provider that cannot take pages back costs the range, not the program.
    if (provider_->release(chunk_address(chunk), committed).is_ok())
        set_chunks(chunk, align_up<size_t>(committed, kHeapChunkSize) / kHeapChunkSize, ChunkState::Unused);
}

// First fit; chunk_count_ if there is no room.
size_t RuntimeHeap::reserve_chunks(size_t count, ChunkState first, ChunkState rest)
{
    LockGuard guard(blocks_lock_);
    size_t run = 0;
    for (size_t chunk = 0; chunk < chunk_count_; ++chunk) {
        run = states_[chunk] == ChunkState::Unused ? run + 1 : 0;
        if (run < count)
            continue;
        auto start = chunk + 1 - count;
        for (size_t i = 0; i < count; ++i)
            states_[start + i] = i == 0 ? first : rest;
        return start;
    }
    return chunk_count_;
}

void RuntimeHeap::set_chunks(size_t first, size_t count, ChunkState state)
{
    LockGuard guard(blocks_lock_);
    for (size_t i = 0; i < count; ++i)
        states_[first + i] = state;
}

} // namespace farl
