// Extended attributes of nodes in enclave memory: xattr(7).
#include "enclave/fs/tree/tree_access.h"

#include <linux/xattr.h>

namespace farl {

namespace {

using Attribute = TreeNode::Attribute;

size_t place_of(TreeNode const& node, std::string_view name)
{
    size_t place = 0;
    while (place < node.attributes.size() && node.attributes[place].name.view() < name)
        ++place;
    return place;
}

bool has(TreeNode const& node, size_t place, std::string_view name)
{
    return place < node.attributes.size() && node.attributes[place].name.view() == name;
}

// Attributes of users belong to regular files and directories, and of the latter, if sticky, to the owner.
Result<> check_class(TreeNode const& node, Credentials const& who, std::string_view name, bool writes)
{
    if (name.starts_with("user.") && name.size() > 5) {
        if (!node.is_regular() && !node.is_directory())
            return writes ? Errno::Eperm : Errno::Enodata;
        if (writes && node.is_directory() && node.permissions & S_ISVTX && !owns(node, who))
            return Errno::Eperm;
        return check_permission(node, who, writes ? kMayWrite : kMayRead);
    }
    if (name.starts_with("trusted.") && name.size() > 8)
        return who.has(CAP_SYS_ADMIN) ? Result<> {} : writes ? Errno::Eperm : Errno::Enodata;
    if (name.starts_with("security.") && name.size() > 9)
        return !writes || who.has(CAP_SYS_ADMIN) ? Result<> {} : Errno::Eperm;
    return Errno::Eopnotsupp;
}

// The size alone, for who asks with no room.
Result<size_t> give(std::string_view bytes, Sink const& sink)
{
    if (sink.size() == 0)
        return bytes.size();
    if (sink.size() < bytes.size())
        return Errno::Erange;
    if (!bytes.empty())
        TRY(sink.copy_from(0, bytes.data(), bytes.size()));
    return bytes.size();
}

} // namespace

Result<size_t> get_attribute(TreeNode const& node, Credentials const& who, std::string_view name, Sink const& sink)
{
    TRY(check_class(node, who, name, false));
    auto const place = place_of(node, name);
    if (!has(node, place, name))
        return Errno::Enodata;
    auto const& value = node.attributes[place].value;
    return give({ value.data(), value.size() }, sink);
}

Result<> set_attribute(TreeNode& node, Credentials const& who, std::string_view name, Source const& source, int flags)
{
    TRY(check_class(node, who, name, true));
    auto const place = place_of(node, name);
    bool exists = has(node, place, name);
    if (exists && flags & XATTR_CREATE)
        return Errno::Eexist;
    if (!exists && flags & XATTR_REPLACE)
        return Errno::Enodata;
    Attribute attribute { TRY(String::from(name)), {} };
    TRY(attribute.value.resize(source.size()));
    if (source.size())
        TRY(source.copy_to(0, attribute.value.data(), source.size()));
    if (exists)
        node.attributes[place] = std::move(attribute);
    else
        TRY(node.attributes.insert(place, std::move(attribute)));
    node.note_change(false);
    return {};
}

Result<size_t> list_attributes(TreeNode const& node, Credentials const& who, Sink const& sink)
{
    Vector<char> names;
    for (auto const& attribute : node.attributes) {
        auto const name = attribute.name.view();
        if (name.starts_with("trusted.") && !who.has(CAP_SYS_ADMIN))
            continue;
        TRY(names.append({ attribute.name.c_str(), name.size() + 1 }));
    }
    return give({ names.data(), names.size() }, sink);
}

Result<> remove_attribute(TreeNode& node, Credentials const& who, std::string_view name)
{
    TRY(check_class(node, who, name, true));
    auto const place = place_of(node, name);
    if (!has(node, place, name))
        return Errno::Enodata;
    node.attributes.remove(place);
    node.note_change(false);
    return {};
}

} // namespace farl
