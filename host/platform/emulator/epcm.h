// Epcm: the types and permissions of the pages that EADD added. Not thread-safe; unchanged after EINIT.
#pragma once

#include "abi/sgx/page_run.h"
#include "base/checked.h"

#include <map>
#include <optional>

namespace farl::host {

class Epcm {
public:
    std::optional<sgx::SecInfo> find(uint64_t page) const
    {
        auto next = runs_.upper_bound(page);
        if (next == runs_.begin())
            return std::nullopt;
        auto const& [start, run] = *std::prev(next);
        return page - start < run.size ? std::optional(run.info) : std::nullopt;
    }

    // `page` is not in it yet.
    void insert(uint64_t page, sgx::SecInfo const& info)
    {
        auto next = runs_.upper_bound(page);
        if (next != runs_.begin()) {
            auto& [start, run] = *std::prev(next);
            if (start + run.size == page && run.info.flags == info.flags) {
                run.size += kPageSize;
                return;
            }
        }
        runs_.emplace_hint(next, page, Run { kPageSize, info });
    }

private:
    struct Run {
        uint64_t size;
        sgx::SecInfo info;
    };
    std::map<uint64_t, Run> runs_;
};

} // namespace farl::host
