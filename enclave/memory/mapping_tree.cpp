#include "enclave/memory/mapping_tree.h"

namespace farl {

Mapping* MappingTree::first_ending_after(uint64_t address) const
{
    Mapping* best = nullptr;
    for (auto* node = root_; node;) {
        if (node->end() > address) {
            best = node;
            if (node->start() <= address)
                break;
            node = node->links_.left;
        } else {
            node = node->links_.right;
        }
    }
    return best;
}

uint64_t MappingTree::gap_before(Mapping const& mapping)
{
    auto range = gap_range(mapping);
    return range.is_empty() ? 0 : range.size();
}

AddressRange MappingTree::gap_range(Mapping const& mapping)
{
    auto const* previous = mapping.links_.previous;
    return { previous ? previous->end() : 0, mapping.guarded_start() };
}

void MappingTree::update(Mapping& mapping)
{
    auto& links = mapping.links_;
    links.height = 1 + std::max(height(links.left), height(links.right));
    links.largest_gap = std::max({ links.gap, largest_gap(links.left), largest_gap(links.right) });
}

void MappingTree::insert(Mapping& mapping)
{
    Mapping* parent = nullptr;
    Mapping* previous = nullptr;
    Mapping* next = nullptr;
    for (auto* node = root_; node;) {
        parent = node;
        (mapping.start() < node->start() ? next : previous) = node;
        node = mapping.start() < node->start() ? node->links_.left : node->links_.right;
    }
    ASSERT(!mapping.range.is_empty());
    ASSERT((!previous || previous->end() <= mapping.start()) && (!next || mapping.end() <= next->start()));

    mapping.links_ = { .parent = parent };
    if (!parent)
        root_ = &mapping;
    else
        (mapping.start() < parent->start() ? parent->links_.left : parent->links_.right) = &mapping;
    link_neighbours(mapping, previous, next);
    mapping.links_.gap = gap_before(mapping);
    rebalance_from(&mapping);
    refresh_gap(next);
}

void MappingTree::link_neighbours(Mapping& mapping, Mapping* previous, Mapping* next)
{
    mapping.links_.previous = previous;
    mapping.links_.next = next;
    (previous ? previous->links_.next : first_) = &mapping;
    (next ? next->links_.previous : last_) = &mapping;
}

void MappingTree::remove(Mapping& mapping)
{
    auto& links = mapping.links_;
    if (links.left && links.right)
        swap_with_successor(mapping, *links.next);

    auto* child = links.left ? links.left : links.right;
    auto* parent = links.parent;
    replace_child(parent, mapping, child);
    rebalance_from(parent);

    auto* next = links.next;
    (links.previous ? links.previous->links_.next : first_) = next;
    (next ? next->links_.previous : last_) = links.previous;
    refresh_gap(next);
    links = {};
}

// The successor is the leftmost node of the right subtree: it takes the place of the mapping, and the reverse.
void MappingTree::swap_with_successor(Mapping& mapping, Mapping& successor)
{
    auto& a = mapping.links_;
    auto& b = successor.links_;
    bool adjacent = a.right == &successor;
    auto* successor_parent = b.parent;
    auto* successor_right = b.right;

    replace_child(a.parent, mapping, &successor);
    b.left = a.left;
    b.left->links_.parent = &successor;
    b.right = adjacent ? &mapping : a.right;
    b.right->links_.parent = &successor;
    std::swap(a.height, b.height);

    a.left = nullptr;
    a.right = successor_right;
    if (successor_right)
        successor_right->links_.parent = &mapping;
    if (!adjacent) {
        a.parent = successor_parent;
        successor_parent->links_.left = &mapping;
    }
}

void MappingTree::replace_child(Mapping* parent, Mapping& old_child, Mapping* new_child)
{
    if (!parent)
        root_ = new_child;
    else
        (parent->links_.left == &old_child ? parent->links_.left : parent->links_.right) = new_child;
    if (new_child)
        new_child->links_.parent = parent;
}

Mapping& MappingTree::rotate_left(Mapping& mapping)
{
    auto& top = *mapping.links_.right;
    replace_child(mapping.links_.parent, mapping, &top);
    mapping.links_.right = top.links_.left;
    if (mapping.links_.right)
        mapping.links_.right->links_.parent = &mapping;
    top.links_.left = &mapping;
    mapping.links_.parent = &top;
    update(mapping);
    update(top);
    return top;
}

Mapping& MappingTree::rotate_right(Mapping& mapping)
{
    auto& top = *mapping.links_.left;
    replace_child(mapping.links_.parent, mapping, &top);
    mapping.links_.left = top.links_.right;
    if (mapping.links_.left)
        mapping.links_.left->links_.parent = &mapping;
    top.links_.right = &mapping;
    mapping.links_.parent = &top;
    update(mapping);
    update(top);
    return top;
}

Mapping& MappingTree::balance(Mapping& mapping)
{
    auto& links = mapping.links_;
    int lean = height(links.left) - height(links.right);
    if (lean > 1) {
        auto& left = links.left->links_;
        if (height(left.left) < height(left.right))
            rotate_left(*links.left);
        return rotate_right(mapping);
    }
    if (lean < -1) {
        auto& right = links.right->links_;
        if (height(right.right) < height(right.left))
            rotate_right(*links.right);
        return rotate_left(mapping);
    }
    update(mapping);
    return mapping;
}

void MappingTree::rebalance_from(Mapping* mapping)
{
    while (mapping)
        mapping = balance(*mapping).links_.parent;
}

void MappingTree::refresh_gap(Mapping* mapping)
{
    if (!mapping)
        return;
    mapping->links_.gap = gap_before(*mapping);
    for (auto* node = mapping; node; node = node->links_.parent)
        update(*node);
}

void MappingTree::resize(Mapping& mapping, AddressRange range)
{
    auto const& links = mapping.links_;
    ASSERT(!range.is_empty());
    ASSERT(!links.previous || links.previous->end() <= range.start);
    ASSERT(!links.next || range.end <= links.next->start());
    bool moves_start = range.start != mapping.start();
    bool moves_end = range.end != mapping.end();
    mapping.range = range;
    if (moves_start)
        refresh_gap(&mapping);
    if (moves_end)
        refresh_gap(links.next);
}

} // namespace farl
