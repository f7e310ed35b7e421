// The search for free room, and the invariants. Depth of recursion is the height of the tree: 1.44 log2(n).
#include "enclave/memory/mapping_tree.h"

namespace farl {

namespace {

bool fits(AddressRange gap, uint64_t size) { return !gap.is_empty() && gap.size() >= size; }

} // namespace

std::optional<uint64_t> MappingTree::highest_room(uint64_t size, AddressRange within) const
{
    AddressRange tail { last_ ? last_->end() : 0, within.end };
    auto gap = tail.intersection(within);
    if (fits(gap, size))
        return gap.end - size;
    return highest_room_in(root_, size, within);
}

// Subtrees that lie wholly outside `within` are not entered, so only its two borders cost more than one path.
std::optional<uint64_t> MappingTree::highest_room_in(Mapping const* node, uint64_t size, AddressRange within) const
{
    if (largest_gap(node) < size)
        return {};
    if (node->end() < within.end) {
        if (auto found = highest_room_in(node->links_.right, size, within))
            return found;
    }
    auto gap = gap_range(*node).intersection(within);
    if (fits(gap, size))
        return gap.end - size;
    if (node->start() <= within.start)
        return {};
    return highest_room_in(node->links_.left, size, within);
}

std::optional<uint64_t> MappingTree::lowest_room(uint64_t size, AddressRange within) const
{
    if (auto found = lowest_room_in(root_, size, within))
        return found;
    AddressRange tail { last_ ? last_->end() : 0, within.end };
    auto gap = tail.intersection(within);
    if (fits(gap, size))
        return gap.start;
    return {};
}

std::optional<uint64_t> MappingTree::lowest_room_in(Mapping const* node, uint64_t size, AddressRange within) const
{
    if (largest_gap(node) < size)
        return {};
    if (node->start() > within.start) {
        if (auto found = lowest_room_in(node->links_.left, size, within))
            return found;
    }
    auto gap = gap_range(*node).intersection(within);
    if (fits(gap, size))
        return gap.start;
    if (node->end() >= within.end)
        return {};
    return lowest_room_in(node->links_.right, size, within);
}

void MappingTree::verify() const
{
    verify_subtree(root_);
    ASSERT(!root_ || !root_->links_.parent);
    Mapping const* previous = nullptr;
    for (auto const* mapping = first_; mapping; mapping = next(*mapping)) {
        ASSERT(!mapping->range.is_empty());
        ASSERT(mapping->links_.previous == previous);
        ASSERT(!previous || previous->end() <= mapping->start());
        ASSERT(first_ending_after(mapping->start()) == mapping);
        ASSERT(mapping->links_.gap == gap_before(*mapping));
        previous = mapping;
    }
    ASSERT(last_ == previous);
}

void MappingTree::verify_subtree(Mapping const* mapping)
{
    if (!mapping)
        return;
    auto const& links = mapping->links_;
    verify_subtree(links.left);
    verify_subtree(links.right);
    ASSERT(!links.left || links.left->links_.parent == mapping);
    ASSERT(!links.right || links.right->links_.parent == mapping);
    ASSERT(links.height == 1 + std::max(height(links.left), height(links.right)));
    ASSERT(std::abs(height(links.left) - height(links.right)) <= 1);
    ASSERT(links.largest_gap == std::max({ links.gap, largest_gap(links.left), largest_gap(links.right) }));
}

} // namespace farl
