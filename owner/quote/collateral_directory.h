// CollateralDirectory: collateral in files, one for each family of platforms, named after it
// (docs/formats/collateral.md). What is kept was verified, and is never replaced by anything older. Files are read as
// if anybody had written them. Several processes may use one at once.
#pragma once

#include "owner/quote/collateral.h"

#include <filesystem>

namespace farl::owner {

inline constexpr size_t kLargestCollateral = 4 << 20;

class CollateralDirectory {
public:
    // $XDG_CACHE_HOME/farl/collateral, or ~/.cache/farl/collateral. Empty where neither is known.
    static std::string path_of_user();

    explicit CollateralDirectory(std::filesystem::path path, std::vector<TrustedRoot> roots = { intel_root() })
        : path_(std::move(path)),
          roots_(std::move(roots))
    {
    }

    // Verifies it at `now` and keeps it; on the disk when this returns. Throws Refusal if it is not genuine, not valid,
    // or older than what is kept, std::system_error if it cannot be written.
    Collateral keep(std::string const& json, time_t now) const;
    // Not verified. Throws Refusal if there is none.
    Collateral load(PlatformFamily const& family) const;
    // All files that might be collateral.
    std::vector<std::filesystem::path> files() const;
    // Not verified. Throws Refusal.
    static Collateral read(std::filesystem::path const& file);

private:
    std::filesystem::path path_of(PlatformFamily const& family) const { return path_ / (file_stem(family) + ".json"); }
    void refuse_older(Collateral const& collateral, std::filesystem::path const& kept) const;

    std::filesystem::path path_;
    std::vector<TrustedRoot> roots_;
};

} // namespace farl::owner
