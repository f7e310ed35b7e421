// ImageRegions: which paths of an image are protected how: each by the longest prefix that it lies below.
#pragma once

#include "abi/formats/fspf.h"

#include <map>
#include <string>
#include <string_view>

namespace farl::owner {

class ImageRegions {
public:
    // `root` is the kind of what no other region holds. Not unprotected: UserError.
    explicit ImageRegions(formats::RegionKind root = formats::RegionKind::Authenticated);

    // UserError for what is no canonical absolute path, lies in /.farl, or is there.
    void add(std::string_view prefix, formats::RegionKind kind);
    formats::RegionKind kind_of(std::string_view path) const;

    auto begin() const { return regions_.begin(); }
    auto end() const { return regions_.end(); }
    size_t size() const { return regions_.size(); }

private:
    std::map<std::string, formats::RegionKind, std::less<>> regions_;
};

} // namespace farl::owner
