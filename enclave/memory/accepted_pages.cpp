#include "enclave/memory/accepted_pages.h"

#include <new>

namespace farl {

namespace {

constexpr uint64_t kAccepted = 8; // beside kProt*
constexpr uint64_t kStateMask = 15;
constexpr uint64_t kAllAccepted = 0x8888'8888'8888'8888;
static_assert((kProtRead | kProtWrite | kProtExec) < kAccepted);

// What hangs there, made if there is nothing yet.
template <typename Node>
Result<Node*> grown(std::atomic<Node*>& place)
{
    auto* there = place.load(std::memory_order_acquire);
    if (there)
        return there;
    auto* made = new (std::nothrow) Node {};
    if (!made)
        return Errno::Enomem;
    if (place.compare_exchange_strong(there, made))
        return made;
    delete made;
    return there;
}

} // namespace

AcceptedPages::Leaf* AcceptedPages::leaf_of(uint64_t page) const
{
    if (page >= sgx::kApplicationEnd)
        return nullptr;
    auto* branch = branches_[page / kBranchSize].load(std::memory_order_acquire);
    return branch ? branch->leaves[page % kBranchSize / kLeafSize].load(std::memory_order_acquire) : nullptr;
}

std::atomic<uint64_t>* AcceptedPages::word_of(uint64_t page) const
{
    auto* leaf = leaf_of(page);
    return leaf ? &leaf->words[page % kLeafSize / kPageSize / kPagesPerWord] : nullptr;
}

int AcceptedPages::at(uint64_t page) const
{
    auto const* word = word_of(page);
    if (!word)
        return kProtNone;
    return static_cast<int>(word->load(std::memory_order_acquire) >> shift_of(page) & (kStateMask ^ kAccepted));
}

Result<> AcceptedPages::reserve(AddressRange range)
{
    for (auto at = align_down(range.start, kLeafSize); at < range.end; at += kLeafSize) {
        auto* branch = TRY(grown(branches_[at / kBranchSize]));
        (void)TRY(grown(branch->leaves[at % kBranchSize / kLeafSize]));
    }
    return {};
}

void AcceptedPages::replace(uint64_t page, uint64_t state)
{
    auto& word = *word_of(page);
    auto const shift = shift_of(page);
    auto before = word.load(std::memory_order_relaxed);
    while (!word.compare_exchange_weak(before, (before & ~(kStateMask << shift)) | state << shift))
        ;
}

void AcceptedPages::set(uint64_t page, int protection)
{
    replace(page, kAccepted | static_cast<uint64_t>(protection | kProtRead));
}

void AcceptedPages::clear(AddressRange range)
{
    for (auto page = first_accepted(range); page < range.end; page = first_accepted({ page + kPageSize, range.end }))
        replace(page, 0);
}

void AcceptedPages::destroy()
{
    for (auto& place : branches_) {
        auto* branch = place.exchange(nullptr);
        if (!branch)
            continue;
        for (auto& leaf : branch->leaves)
            delete leaf.load();
        delete branch;
    }
}

bool AcceptedPages::contain(AddressRange range) const { return first_missing(range) == range.end; }

AddressRange AcceptedPages::next_run(AddressRange range) const
{
    auto start = first_accepted(range);
    return { start, first_missing({ start, range.end }) };
}

// Whole words and leaves of nothing are passed at once.
uint64_t AcceptedPages::first_accepted(AddressRange range) const
{
    constexpr uint64_t kWordSize = kPagesPerWord * kPageSize;
    auto page = range.start;
    while (page < range.end) {
        auto const* word = word_of(page);
        if (!word)
            page = align_down(page, kLeafSize) + kLeafSize;
        else if (auto left = word->load(std::memory_order_acquire) >> shift_of(page); !left)
            page = align_down(page, kWordSize) + kWordSize;
        else if (left & kAccepted)
            return page;
        else
            page += kPageSize;
    }
    return range.end;
}

uint64_t AcceptedPages::first_missing(AddressRange range) const
{
    constexpr uint64_t kWordSize = kPagesPerWord * kPageSize;
    auto page = range.start;
    while (page < range.end) {
        auto const* word = word_of(page);
        if (!word)
            return page;
        auto states = word->load(std::memory_order_acquire);
        if (is_aligned(page, kWordSize) && (states & kAllAccepted) == kAllAccepted)
            page += kWordSize;
        else if (states >> shift_of(page) & kAccepted)
            page += kPageSize;
        else
            return page;
    }
    return range.end;
}

} // namespace farl
