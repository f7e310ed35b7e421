// A PageProvider over a reserved range of the test's own memory; commits and releases are checked to alternate.
#pragma once

#include "base/checked.h"
#include "enclave/memory/address_range.h"
#include "enclave/memory/page_provider.h"

#include <gtest/gtest.h>
#include <mutex>
#include <set>
#include <sys/mman.h>

namespace farl {

class RegionProvider final : public PageProvider {
public:
    explicit RegionProvider(size_t size) : size_(size)
    {
        auto* memory = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        EXPECT_NE(memory, MAP_FAILED);
        base_ = reinterpret_cast<uint64_t>(memory);
    }
    ~RegionProvider() { munmap(reinterpret_cast<void*>(base_), size_); }

    Result<> commit(uint64_t address, size_t size) override
    {
        std::lock_guard guard(mutex_);
        if (committed_bytes + size > limit)
            return Errno::Enomem;
        for (auto page = address; page < address + size; page += kPageSize)
            EXPECT_TRUE(pages_.insert(page).second) << "committed twice";
        committed_bytes += size;
        EXPECT_EQ(mprotect(reinterpret_cast<void*>(address), size, PROT_READ | PROT_WRITE), 0);
        return {};
    }
    Result<> release(uint64_t address, size_t size) override
    {
        std::lock_guard guard(mutex_);
        for (auto page = address; page < address + size; page += kPageSize)
            EXPECT_EQ(pages_.erase(page), 1u) << "released without commit";
        committed_bytes -= size;
        EXPECT_EQ(madvise(reinterpret_cast<void*>(address), size, MADV_DONTNEED), 0);
        EXPECT_EQ(mprotect(reinterpret_cast<void*>(address), size, PROT_NONE), 0);
        return {};
    }

    AddressRange range() const { return { base_, base_ + size_ }; }

    size_t committed_bytes { 0 };
    size_t limit { SIZE_MAX };

private:
    uint64_t base_ { 0 };
    size_t size_;
    std::mutex mutex_;
    std::set<uint64_t> pages_;
};

} // namespace farl
