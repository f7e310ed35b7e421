// AcceptedPages: which pages of the application's addresses the runtime has accepted, and with which permissions the
// processor has them since: what the host may be asked to change, and what a fault must not accept again. Four bits for
// each page, in a tree whose leaves come as they are needed. Reading takes no lock; of a page's writers there is one at
// a time.
#pragma once

#include "abi/linux/mman.h"
#include "abi/sgx/layout.h"
#include "base/checked.h"
#include "base/result.h"
#include "enclave/memory/address_range.h"

#include <array>
#include <atomic>

namespace farl {

class AcceptedPages {
public:
    constexpr AcceptedPages() = default;
    AcceptedPages(AcceptedPages const&) = delete;
    AcceptedPages& operator=(AcceptedPages const&) = delete;

    // kProt* of the page, which is readable at least; kProtNone if it has not been accepted.
    int at(uint64_t page) const;
    bool contain(AddressRange range) const;

    // Before set() in this range. ENOMEM if there is no memory for it.
    Result<> reserve(AddressRange range);
    void set(uint64_t page, int protection);
    void clear(AddressRange range);
    // Forgets everything and gives the memory back. There is no destructor: the runtime's lives as long as the enclave.
    void destroy();

    // The first run of accepted pages from range.start on; empty at the end of the range if there is none.
    AddressRange next_run(AddressRange range) const;
    // body(run) -> Result<> for each of them. It may change what has been visited.
    template <typename Body>
    Result<> for_each_run(AddressRange range, Body&& body) const
    {
        for (auto run = next_run(range); !run.is_empty(); run = next_run({ run.end, range.end }))
            TRY(body(run));
        return {};
    }

private:
    static constexpr uint64_t kPagesPerWord = 16;
    static constexpr uint64_t kLeafSize = 128ull << 20; // what a leaf covers
    static constexpr uint64_t kBranchSize = 8 * kLeafSize;
    struct Leaf {
        std::atomic<uint64_t> words[kLeafSize / kPageSize / kPagesPerWord] {};
    };
    struct Branch {
        std::atomic<Leaf*> leaves[kBranchSize / kLeafSize] {};
    };

    Leaf* leaf_of(uint64_t page) const;
    std::atomic<uint64_t>* word_of(uint64_t page) const;
    static unsigned shift_of(uint64_t page) { return static_cast<unsigned>(page / kPageSize % kPagesPerWord * 4); }
    void replace(uint64_t page, uint64_t state);
    uint64_t first_accepted(AddressRange range) const;
    uint64_t first_missing(AddressRange range) const;

    std::array<std::atomic<Branch*>, sgx::kApplicationEnd / kBranchSize> branches_ {};
};

} // namespace farl
