#include "enclave/memory/runtime_heap.h"
#include "tests/unit/enclave/memory/region_provider.h"

#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace farl {

class RuntimeHeapTest : public testing::Test {
protected:
    RuntimeHeapTest() { heap->initialize(provider.range().start, provider.range().end, provider); }

    static uint64_t address(void* pointer) { return reinterpret_cast<uint64_t>(pointer); }

    RegionProvider provider { 256ull << 20 };
    std::unique_ptr<RuntimeHeap> heap { new RuntimeHeap };
};
using RuntimeHeapDeathTest = RuntimeHeapTest;

TEST_F(RuntimeHeapTest, every_class_holds_what_is_asked_and_wastes_at_most_a_quarter)
{
    for (size_t size = 1; size <= kLargestClass; ++size) {
        auto rounded = kSizeClasses[class_of(size)];
        ASSERT_GE(rounded, size);
        ASSERT_TRUE(class_of(size) == 0 || kSizeClasses[class_of(size) - 1] < size) << size;
        ASSERT_LE(rounded, size + std::max<size_t>(15, size / 4)) << size;
    }
}

struct Allocation {
    unsigned char* bytes;
    size_t size;
    unsigned char fill;

    bool is_intact() const
    {
        for (size_t i = 0; i < size; i += std::max<size_t>(1, size / 64))
            if (bytes[i] != fill)
                return false;
        return bytes[size - 1] == fill;
    }
};

Allocation allocate_random(RuntimeHeap& heap, std::mt19937& random)
{
    auto log = random() % 100 == 0 ? 23 : random() % 17;
    auto size = 1 + random() % (size_t { 1 } << log);
    auto alignment = size_t { 1 } << (random() % 4 == 0 ? random() % 13 : 4);
    Allocation made { static_cast<unsigned char*>(heap.allocate(size, alignment)), size, uint8_t(random()) };
    EXPECT_NE(made.bytes, nullptr);
    EXPECT_EQ(reinterpret_cast<uint64_t>(made.bytes) % alignment, 0u);
    EXPECT_GE(heap.usable_size(made.bytes), size);
    std::memset(made.bytes, made.fill, size);
    return made;
}

void use_at_random(RuntimeHeap& heap, unsigned seed, int steps)
{
    std::mt19937 random(seed);
    std::vector<Allocation> live;
    auto release_one = [&](size_t index) {
        ASSERT_TRUE(live[index].is_intact());
        heap.release(live[index].bytes);
        live[index] = live.back();
        live.pop_back();
    };
    for (int step = 0; step < steps; ++step) {
        if (live.size() < 200 && random() % 2)
            live.push_back(allocate_random(heap, random));
        else if (!live.empty())
            release_one(random() % live.size());
    }
    while (!live.empty())
        release_one(0);
}

TEST_F(RuntimeHeapTest, random_use_keeps_contents_and_ends_with_nothing_allocated)
{
    use_at_random(*heap, 1, 20'000);
    auto statistics = heap->statistics();
    EXPECT_EQ(statistics.allocated_objects, 0u);
    EXPECT_EQ(statistics.allocated_bytes, 0u);
    EXPECT_EQ(statistics.committed_bytes, provider.committed_bytes);
}

TEST_F(RuntimeHeapTest, several_threads_share_it)
{
    std::vector<std::thread> threads;
    for (unsigned seed = 0; seed < 4; ++seed)
        threads.emplace_back([this, seed] { use_at_random(*heap, seed, 3'000); });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(heap->statistics().allocated_bytes, 0u);
}

TEST_F(RuntimeHeapTest, exhaustion_is_a_null_pointer_and_the_heap_goes_on)
{
    std::vector<void*> live;
    while (auto* pointer = heap->allocate(1000))
        live.push_back(pointer);
    EXPECT_GT(live.size(), (240ull << 20) / 1024); // the range need not begin at a chunk
    EXPECT_EQ(heap->allocate(100'000), nullptr);
    EXPECT_EQ(heap->allocate(SIZE_MAX), nullptr);
    EXPECT_EQ(heap->allocate(SIZE_MAX - 70'000), nullptr);
    for (auto* pointer : live)
        heap->release(pointer);
    EXPECT_NE(heap->allocate(100'000), nullptr);
}

TEST_F(RuntimeHeapTest, a_provider_that_fails_is_a_null_pointer_and_may_recover)
{
    provider.limit = 0;
    EXPECT_EQ(heap->allocate(100), nullptr);
    EXPECT_EQ(heap->allocate(10 << 20), nullptr);
    provider.limit = SIZE_MAX;
    EXPECT_NE(heap->allocate(100), nullptr);
    EXPECT_NE(heap->allocate(10 << 20), nullptr);
}

TEST_F(RuntimeHeapTest, huge_allocations_go_back_to_the_provider)
{
    auto before = provider.committed_bytes;
    auto* huge = static_cast<char*>(heap->allocate(30 << 20));
    ASSERT_NE(huge, nullptr);
    huge[(30 << 20) - 1] = 1;
    EXPECT_GE(provider.committed_bytes, before + (30 << 20));
    heap->release(huge);
    EXPECT_EQ(provider.committed_bytes, before);
    EXPECT_EQ(heap->allocate(30 << 20), huge);
}

TEST_F(RuntimeHeapTest, released_blocks_serve_other_classes)
{
    std::vector<void*> live;
    for (int i = 0; i < 1000; ++i)
        live.push_back(heap->allocate(16 * 1024));
    auto committed = provider.committed_bytes;
    for (auto* pointer : live)
        heap->release(pointer);
    for (int i = 0; i < 16'000; ++i)
        ASSERT_NE(heap->allocate(900), nullptr);
    EXPECT_EQ(provider.committed_bytes, committed);
}

TEST_F(RuntimeHeapTest, a_released_null_pointer_is_nothing)
{
    heap->release(nullptr);
    EXPECT_EQ(heap->statistics().allocated_objects, 0u);
}

TEST_F(RuntimeHeapDeathTest, a_second_release_is_a_panic)
{
    auto* small = heap->allocate(100);
    auto* neighbour = heap->allocate(100);
    heap->release(small);
    EXPECT_DEATH(heap->release(small), "internal error");
    auto* run = heap->allocate(200'000);
    heap->release(run);
    EXPECT_DEATH(heap->release(run), "internal error");
    auto* huge = heap->allocate(9 << 20);
    heap->release(huge);
    EXPECT_DEATH(heap->release(huge), "internal error");
    heap->release(neighbour);
}

TEST_F(RuntimeHeapDeathTest, a_foreign_pointer_is_a_panic)
{
    auto* small = static_cast<char*>(heap->allocate(100));
    auto* run = static_cast<char*>(heap->allocate(200'000));
    auto* huge = static_cast<char*>(heap->allocate(9 << 20));
    int local = 0;
    EXPECT_DEATH(heap->release(&local), "internal error");
    EXPECT_DEATH(heap->release(small + 8), "internal error");
    EXPECT_DEATH(heap->release(run + 65'536), "internal error");
    EXPECT_DEATH(heap->release(run + 16), "internal error");
    EXPECT_DEATH(heap->release(huge + (4 << 20)), "internal error");
    EXPECT_DEATH(heap->release(huge - 65'536), "internal error");
    EXPECT_DEATH(heap->release(reinterpret_cast<void*>(provider.range().end - 64)), "internal error");
}

} // namespace farl
