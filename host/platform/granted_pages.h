// GrantedPages: which addresses of an enclave have been given which permissions since they last had none: only there
// may pages have come by a fault. The host cannot see which of them really have.
#pragma once

#include "abi/sgx/page_run.h"

#include <algorithm>
#include <map>
#include <vector>

namespace farl::host {

class GrantedPages {
public:
    struct Part {
        sgx::Range range;
        uint64_t permissions { 0 };
    };

    // Without permissions the range is forgotten.
    void set(sgx::Range range, uint64_t permissions)
    {
        split_at(range.address);
        split_at(range.end());
        parts_.erase(parts_.lower_bound(range.address), parts_.lower_bound(range.end()));
        if (permissions)
            parts_[range.address] = { range, permissions };
    }

    // Those of one page.
    uint64_t at(uint64_t page) const
    {
        auto next = parts_.upper_bound(page);
        if (next == parts_.begin())
            return 0;
        auto const& part = std::prev(next)->second;
        return part.range.contains(page) ? part.permissions : 0;
    }

    // What of `range` has been given permissions, in ascending order.
    std::vector<Part> in(sgx::Range range) const
    {
        std::vector<Part> found;
        auto at = parts_.upper_bound(range.address);
        if (at != parts_.begin())
            --at;
        for (; at != parts_.end() && at->first < range.end(); ++at) {
            auto const start = std::max(at->first, range.address);
            auto const end = std::min(at->second.range.end(), range.end());
            if (start < end)
                found.push_back({ { start, end - start }, at->second.permissions });
        }
        return found;
    }

private:
    void split_at(uint64_t address)
    {
        auto at = parts_.upper_bound(address);
        if (at == parts_.begin())
            return;
        auto& part = (--at)->second;
        if (part.range.address == address || part.range.end() <= address)
            return;
        Part rest { { address, part.range.end() - address }, part.permissions };
        part.range.size = address - part.range.address;
        parts_[address] = rest;
    }

    std::map<uint64_t, Part> parts_;
};

} // namespace farl::host
