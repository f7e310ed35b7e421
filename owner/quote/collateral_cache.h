// CollateralCache: the collateral that a verifier has, for each kind of platform, verified once and used until the
// first part of it ends. It is read from a directory of files (docs/formats/collateral.md), again when it is missing or
// has ended. Any thread.
#pragma once

#include "owner/quote/collateral.h"

#include <map>
#include <memory>
#include <mutex>

namespace farl::owner {

class CollateralCache {
public:
    // Without a directory there is none, and no quote of hardware can be verified.
    explicit CollateralCache(std::string directory, std::vector<TrustedRoot> roots = { intel_root() })
        : directory_(std::move(directory)),
          roots_(std::move(roots))
    {
    }

    // Verified at `now`, for platforms with this FMSPC. Throws Refusal if there is none.
    std::shared_ptr<Collateral const> get(std::vector<std::byte> const& fmspc, time_t now);
    std::vector<TrustedRoot> const& roots() const { return roots_; }

private:
    using ByFmspc = std::map<std::vector<std::byte>, std::shared_ptr<Collateral const>>;

    void read_directory(time_t now);

    std::string directory_;
    std::vector<TrustedRoot> roots_;
    std::mutex lock_;
    ByFmspc known_;
    time_t read_at_ { 0 }; // when the directory was read
};

} // namespace farl::owner
