#include "owner/oci/flattened_image.h"

#include "owner/oci/image_defect.h"

#include <fmt/format.h>

namespace farl::owner {

FlattenedImage::FlattenedImage(
    ImageReader const& image, ImageBudget budget, std::function<void(size_t layer)> const& done)
    : image_(image),
      budget_(budget)
{
    for (size_t i = 0; i < image.layer_count(); ++i) {
        tree_.begin_layer();
        entry_counts_.push_back(0);
        auto const layer = image.open_layer(i, budget);
        while (auto const entry = layer->next()) {
            ++entry_counts_.back();
            try {
                tree_.add(*entry);
            } catch (ImageDefect const& defect) {
                throw ImageDefect(fmt::format("layer {}: {}", i + 1, defect.what()));
            }
        }
        if (done)
            done(i);
    }
    tree_.finish();
    tree_.for_each_name([this](std::string const&, FileTree::NodeId id) {
        auto const& node = tree_.node(id);
        if (node.attributes.type == FileType::Regular)
            files_.emplace(node.origin, id);
    });
}

void FlattenedImage::visit_contents(Visit const& visit, std::function<void(size_t layer)> const& done) const
{
    auto budget = budget_;
    for (uint32_t i = 0; i < image_.layer_count(); ++i) {
        auto const layer = image_.open_layer(i, budget);
        for (uint32_t entry = 0; layer->next(); ++entry) {
            auto const found = files_.find({ i, entry });
            if (found != files_.end())
                visit(found->second, *layer);
        }
        if (done)
            done(i);
    }
}

} // namespace farl::owner
