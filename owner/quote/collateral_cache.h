// CollateralCache: the collateral that a verifier has, for each family of platforms, verified once and used until the
// first part of it ends. It is read from a CollateralDirectory, again when it is missing or has ended, and now and then
// for what is newer. Any thread.
#pragma once

#include "owner/quote/collateral_directory.h"

#include <map>
#include <memory>
#include <mutex>

namespace farl::owner {

class CollateralCache {
public:
    // Without a directory there is none, and no quote of hardware can be verified.
    explicit CollateralCache(std::string const& directory, std::vector<TrustedRoot> roots = { intel_root() })
        : directory_(directory),
          roots_(std::move(roots))
    {
    }

    // Verified at `now`, for platforms of this family. Throws Refusal, which says what to do, if there is none.
    std::shared_ptr<Collateral const> get(PlatformFamily const& family, time_t now);
    std::vector<TrustedRoot> const& roots() const { return roots_; }

private:
    using Verified = std::shared_ptr<Collateral const>;

    bool is_due(Verified const& known, time_t now) const;
    void read_directory(time_t now);

    CollateralDirectory directory_;
    std::vector<TrustedRoot> roots_;
    std::mutex lock_;
    std::map<PlatformFamily, Verified> known_;
    std::map<PlatformFamily, time_t> ended_; // when what is in the directory ended
    time_t read_at_ { 0 };                   // when the directory was read
};

} // namespace farl::owner
