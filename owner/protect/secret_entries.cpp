#include "owner/protect/secret_entries.h"

#include "owner/launch/user_error.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

template <typename Visit>
void for_each_entry(ImageReader const& image, size_t index, Visit visit)
{
    ImageBudget budget;
    auto const layer = image.open_layer(index, budget);
    for (uint32_t number = 0; auto const entry = layer->next(); ++number)
        visit(*entry, FileTree::Origin { static_cast<uint32_t>(index), number });
}

// The name that a whiteout hides; any other path is itself.
std::string without_whiteout(std::string const& path)
{
    constexpr std::string_view kWhiteout = ".wh.", kOpaque = ".wh..wh..opq";
    auto const start = path.rfind('/') + 1; // 0 if there is none
    auto const name = std::string_view(path).substr(start);
    if (name == kOpaque)
        return start == 0 ? std::string() : path.substr(0, start - 1);
    return name.starts_with(kWhiteout) ? path.substr(0, start) + std::string(name.substr(kWhiteout.size())) : path;
}

} // namespace

SecretEntries::SecretEntries(ImageReader const& image, FlattenedImage const& flattened, ImageRegions const& regions)
    : regions_(regions),
      entries_(image.layer_count())
{
    find_nodes(flattened.tree());
    find_other_names(image);
    find_entries(image, flattened.tree());
}

bool SecretEntries::is_secret_path(std::string const& path) const
{
    return regions_.kind_of("/" + path) == formats::RegionKind::Encrypted;
}

void SecretEntries::find_nodes(FileTree const& tree)
{
    tree.for_each_name([&](std::string const& path, FileTree::NodeId id) {
        if (is_secret_path(path))
            nodes_.insert(id);
    });
    tree.for_each_name([&](std::string const&, FileTree::NodeId id) {
        auto const& node = tree.node(id);
        if (node.attributes.type == FileType::Regular)
            (is_secret(id) ? living_secret_ : living_public_).insert(node.origin);
    });
}

void SecretEntries::find_other_names(ImageReader const& image)
{
    for (size_t i = 0; i < image.layer_count(); ++i)
        for_each_entry(image, i, [&](TarEntry const& entry, FileTree::Origin) {
            if (!entry.is_hard_link)
                return;
            auto const is_secret = [&](std::string const& path) {
                return is_secret_path(path) || other_names_.contains(path);
            };
            if (is_secret(entry.path) || is_secret(entry.hard_link_target)) {
                other_names_.insert(entry.path);
                other_names_.insert(entry.hard_link_target);
            }
        });
}

bool SecretEntries::is_secret_entry(TarEntry const& entry, FileTree::Origin origin) const
{
    if (living_secret_.contains(origin))
        return true;
    if (living_public_.contains(origin) && !is_secret_path(entry.path))
        return false;
    if (living_public_.contains(origin))
        throw UserError(kRefused,
            fmt::format("layer {}: {} has another name outside of its encrypted region, and only that is left: encrypt "
                        "that, too, or "
                        "make the image again without hard links between them",
                origin.layer + 1, entry.path));
    return (!entry.path.empty() && is_secret_path(without_whiteout(entry.path))) || other_names_.contains(entry.path);
}

void SecretEntries::find_entries(ImageReader const& image, FileTree const&)
{
    for (size_t i = 0; i < image.layer_count(); ++i)
        for_each_entry(image, i, [&](TarEntry const& entry, FileTree::Origin origin) {
            if (is_secret_entry(entry, origin))
                entries_[i].insert(origin.entry);
        });
}

} // namespace farl::owner
