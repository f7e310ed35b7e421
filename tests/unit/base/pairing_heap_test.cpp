#include "base/pairing_heap.h"

#include <gtest/gtest.h>
#include <random>
#include <set>

namespace farl {

struct Entry {
    uint64_t key { 0 };
    HeapLink<Entry> link;
};

TEST(PairingHeap, random_insertions_and_removals_keep_the_smallest_first)
{
    std::mt19937 random(7);
    std::vector<Entry> entries(500);
    PairingHeap<Entry, &Entry::link, &Entry::key> heap;
    std::multiset<uint64_t> model;
    for (int step = 0; step < 50'000; ++step) {
        auto& entry = entries[random() % entries.size()];
        if (entry.link.is_linked) {
            model.erase(model.find(entry.key));
            heap.remove(entry);
        } else {
            entry.key = random() % 1000;
            model.insert(entry.key);
            heap.insert(entry);
        }
        ASSERT_EQ(heap.is_empty(), model.empty());
        if (!model.empty()) {
            ASSERT_EQ(heap.first()->key, *model.begin());
        }
    }
}

} // namespace farl
