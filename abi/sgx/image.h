// Image: the farl-enclave ELF file as a stream of enclave pages. The signer measures what the launcher adds, because
// both take it from here. Pure; the file is not trusted: whatever is unusual in it is ENOEXEC.
#pragma once

#include "abi/sgx/layout.h"
#include "abi/sgx/page_run.h"
#include "abi/sgx/tcs.h"
#include "base/checked.h"

#include <vector>

namespace farl::sgx {

class Image {
public:
    // `file` must outlive the image. The file is a fixed-address, fully linked program for [kRuntimeBase, kTcsAreaBase)
    // whose segments share no page and are never both writable and executable.
    static Result<Image> parse(std::span<std::byte const> file);

    // Calls `add` (Result<>(PageRun const&)) for each run of pages, in the order in which they are added and measured:
    // the segments, then the blocks of all TCSs as abi/sgx/layout.h has them.
    template <typename Add>
    Result<> for_each_run(Add&& add) const
    {
        for (auto const& segment : segments_)
            TRY(add(segment));
        for (uint64_t index = 0; index < kTcsCount; ++index)
            TRY(add_tcs_block(tcs_address(index), add));
        return {};
    }

    uint64_t entry() const { return entry_; }
    // Addresses of the ENCLU sites, each inside an executable segment (abi/sgx/enclu.h).
    std::vector<uint64_t> const& enclu_sites() const { return enclu_sites_; }
    Tcs tcs_at(uint64_t address) const;

private:
    template <typename Add>
    Result<> add_tcs_block(uint64_t address, Add&& add) const
    {
        auto const tcs = tcs_at(address);
        TRY(add(PageRun { { address, kPageSize }, SecInfo::tcs(), std::as_bytes(std::span(&tcs, 1)) }));
        TRY(add(zeroed_run(address, kTcsSsaPage, kSsaFrameCount * kSsaFramePages)));
        TRY(add(zeroed_run(address, kTcsCarrierPage, 1)));
        return add(zeroed_run(address, kTcsStackPage, kTcsStackPages));
    }
    static PageRun zeroed_run(uint64_t block, uint64_t page, uint64_t count);

    std::vector<PageRun> segments_;
    std::vector<uint64_t> enclu_sites_;
    uint64_t entry_ { 0 };
};

} // namespace farl::sgx
