#include "owner/image/image_regions.h"

#include "abi/formats/canonical_path.h"
#include "owner/image/image_path.h"
#include "owner/launch/user_error.h"

namespace farl::owner {

ImageRegions::ImageRegions(formats::RegionKind root)
{
    if (root == formats::RegionKind::Unprotected)
        throw UserError(kBadUsage, "the root of an image cannot be unprotected: name what should be, by its prefix");
    regions_.emplace("/", root);
}

void ImageRegions::add(std::string_view prefix, formats::RegionKind kind)
{
    require_image_path(prefix);
    if (!regions_.emplace(prefix, kind).second)
        throw UserError(kBadUsage, "the region " + std::string(prefix) + " is there twice");
}

formats::RegionKind ImageRegions::kind_of(std::string_view path) const
{
    while (path.size() > 1) {
        if (auto found = regions_.find(path); found != regions_.end())
            return found->second;
        path = path.substr(0, path.rfind('/'));
    }
    return regions_.find("/")->second;
}

} // namespace farl::owner
