#include "host/platform/emulator/epcm.h"

#include "host/platform/emulator/gate.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <sys/mman.h>

uint8_t* emulator_epcm = nullptr;

namespace farl::host {

namespace {

constexpr uint64_t kHighestEnd = 1ull << 40;
constexpr uint64_t kTableSize = kHighestEnd / kPageSize;

std::atomic_ref<EpcmEntry> entry_of(uint64_t page) { return std::atomic_ref(emulator_epcm[page / kPageSize]); }

// It stays for the life of the process, and is touched only where there are pages.
void make_table()
{
    static std::once_flag is_made;
    std::call_once(is_made, [] {
        constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        auto* mapped = mmap(nullptr, kTableSize, PROT_READ | PROT_WRITE, kFlags, -1, 0);
        ASSERT(mapped != MAP_FAILED);
        madvise(mapped, kTableSize, MADV_NOHUGEPAGE);
        emulator_epcm = static_cast<uint8_t*>(mapped);
    });
}

} // namespace

sgx::SecInfo secinfo_of(EpcmEntry entry)
{
    auto const type = epcm_type(entry) == EPCM_REGULAR ? sgx::PageType::Regular
        : epcm_type(entry) == EPCM_TCS                 ? sgx::PageType::Tcs
                                                       : sgx::PageType::Trim;
    return sgx::SecInfo::of(type, entry & ~EPCM_TYPE);
}

std::optional<EpcmEntry> epcm_entry_of(sgx::SecInfo const& info)
{
    auto const flags = static_cast<EpcmEntry>(info.flags & (sgx::kPagePermissions | kEpcmStates));
    switch (info.type()) {
    case sgx::PageType::Regular:
        return EPCM_REGULAR | flags;
    case sgx::PageType::Tcs:
        return EPCM_TCS | flags;
    case sgx::PageType::Trim:
        return EPCM_TRIM | flags;
    default:
        return std::nullopt;
    }
}

Epcm::~Epcm()
{
    if (range_.size)
        forget(range_);
}

void Epcm::cover(sgx::Range range)
{
    if (range.size > kHighestEnd || range.address > kHighestEnd - range.size)
        return;
    make_table();
    range_ = range;
}

EpcmEntry Epcm::at(uint64_t page) const
{
    return range_.contains({ page, kPageSize }) ? entry_of(page).load(std::memory_order_acquire) : EpcmEntry {};
}

std::optional<sgx::SecInfo> Epcm::find(uint64_t page) const
{
    auto const entry = at(page);
    return entry ? std::optional(secinfo_of(entry)) : std::nullopt;
}

void Epcm::set(uint64_t page, EpcmEntry entry) { entry_of(page).store(entry, std::memory_order_release); }

bool Epcm::exchange(uint64_t page, EpcmEntry& expected, EpcmEntry desired)
{
    return entry_of(page).compare_exchange_strong(expected, desired);
}

// Whole pages of the table go back to the system: ranges may be as large as the enclave.
void Epcm::forget(sgx::Range range)
{
    auto* start = emulator_epcm + range.address / kPageSize;
    auto* end = emulator_epcm + range.end() / kPageSize;
    auto* whole = reinterpret_cast<uint8_t*>(page_up(reinterpret_cast<uint64_t>(start)));
    auto* whole_end = reinterpret_cast<uint8_t*>(page_down(reinterpret_cast<uint64_t>(end)));
    if (whole >= whole_end) {
        std::memset(start, 0, static_cast<size_t>(end - start));
        return;
    }
    std::memset(start, 0, static_cast<size_t>(whole - start));
    madvise(whole, static_cast<size_t>(whole_end - whole), MADV_DONTNEED);
    std::memset(whole_end, 0, static_cast<size_t>(end - whole_end));
}

} // namespace farl::host
