#include "owner/image/image_tree.h"

#include "owner/image/image_path.h"
#include "owner/launch/user_error.h"

#include <sys/stat.h>

namespace farl::owner {

namespace {

std::shared_ptr<ImageNode> new_directory()
{
    auto node = std::make_shared<ImageNode>();
    node->type = S_IFDIR;
    node->metadata.permissions = 0755;
    return node;
}

// The first name, without the slash before it.
std::string first_name(std::string_view path) { return std::string(path.substr(1, path.find('/', 1) - 1)); }

std::string_view after_first_name(std::string_view path)
{
    auto const slash = path.find('/', 1);
    return slash == path.npos ? std::string_view {} : path.substr(slash);
}

} // namespace

ImageTree::ImageTree() : root_(new_directory()) { }

void ImageTree::add(std::string_view path, std::shared_ptr<ImageNode> node)
{
    require_image_path(path);
    auto* directory = root_.get();
    auto rest = path;
    for (; !after_first_name(rest).empty(); rest = after_first_name(rest)) {
        auto& child = directory->children[first_name(rest)];
        if (!child)
            child = new_directory();
        if (!S_ISDIR(child->type))
            throw UserError(kRefused, shown_path(path) + ": something on the way to it is not a directory");
        directory = child.get();
    }
    auto& place = directory->children[first_name(rest)];
    if (!place)
        place = std::move(node);
    else if (S_ISDIR(place->type) && S_ISDIR(node->type))
        place->metadata = node->metadata;
    else
        throw UserError(kRefused, shown_path(path) + ": the image has it twice");
}

std::shared_ptr<ImageNode> ImageTree::find(std::string_view path) const
{
    auto node = root_;
    for (auto rest = path; !rest.empty(); rest = after_first_name(rest)) {
        auto found = node->children.find(first_name(rest));
        if (found == node->children.end())
            return nullptr;
        node = found->second;
    }
    return node;
}

} // namespace farl::owner
