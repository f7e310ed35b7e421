#include "enclave/fs/ephemeral/image_nodes.h"

#include "enclave/fs/ephemeral/ephemeral_contents.h"

namespace farl {

namespace {

Result<> take_attributes(TreeNode& node, formats::Fspf const& fspf, uint32_t number)
{
    auto const range = fspf.attributes_of(number);
    for (auto i = range.first; i < range.end; ++i) {
        auto const record = fspf.attribute(i);
        auto const text = fspf.text(record.value);
        TreeNode::Attribute attribute { TRY(String::from(fspf.text(record.name))), {} };
        TRY(attribute.value.append({ text.data(), text.size() }));
        TRY(node.attributes.push(std::move(attribute)));
    }
    return {};
}

} // namespace

Result<Ref<TreeNode>> ImageNodes::make(uint32_t number)
{
    auto const record = fspf().node(number);
    TreeNode::Identity const identity { kImageDevice, inode_of(number), record.mode & S_IFMT };
    auto node = TRY(make_ref<TreeNode>(this, identity, false));
    node->permissions = record.mode & 07777;
    node->uid = record.uid;
    node->gid = record.gid;
    node->links = record.links;
    node->accessed = node->modified =
        node->changed = { static_cast<time_t>(record.modified_s), static_cast<long>(record.modified_ns) };
    TRY(take_attributes(*node, fspf(), number));
    if (node->is_link())
        node->target = TRY(String::from(fspf().text(record.text)));
    if (node->is_regular()) {
        auto contents = TRY(make_owned<EphemeralContents>());
        contents->start_with(record.size);
        node->contents = std::move(contents);
    }
    return node;
}

Result<Ref<TreeNode>> ImageNodes::node(uint64_t inode)
{
    auto const number = number_of(inode);
    auto const record = fspf().node(number);
    if (S_ISDIR(record.mode) || record.links == 1)
        return make(number);
    LockGuard guard(lock_);
    size_t begin = 0, end = shared_.size();
    while (begin < end) {
        auto const middle = begin + (end - begin) / 2;
        if (shared_[middle].number < number)
            begin = middle + 1;
        else
            end = middle;
    }
    if (begin < shared_.size() && shared_[begin].number == number)
        return shared_[begin].node;
    auto node = TRY(make(number));
    TRY(shared_.insert(begin, { number, node }));
    return node;
}

Result<uint64_t> ImageNodes::find(TreeNode& directory, std::string_view name)
{
    auto found = fspf().find(fspf().node(number_of(directory.inode())), name);
    return found ? inode_of(found.value()) : 0;
}

Result<> ImageNodes::read_entries(TreeNode const& directory, Vector<TreeNode::Entry>& all)
{
    auto const range = fspf().node(number_of(directory.inode())).entries;
    TRY(all.reserve(range.count));
    for (auto i = range.first; i < range.first + range.count; ++i) {
        auto const entry = fspf().entry(i);
        auto name = TRY(String::from(fspf().text(entry.name)));
        TRY(all.push({ std::move(name), nullptr, inode_of(entry.node), fspf().node(entry.node).mode & S_IFMT }));
    }
    return {};
}

Result<> ImageNodes::provide_contents(TreeNode& node)
{
    if (!is_of_image(node))
        return {};
    auto& contents = static_cast<EphemeralContents&>(*node.contents); // as make() made them
    if (contents.wants_base())
        contents.set_base(TRY(image_.contents(number_of(node.inode()))));
    return {};
}

std::span<std::byte const> ImageNodes::patch_table(TreeNode const& node) const
{
    if (!is_of_image(node))
        return {};
    return fspf().patch_table_of(number_of(node.inode()));
}

} // namespace farl
