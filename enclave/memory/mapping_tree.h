// MappingTree: the mappings in address order, an intrusive AVL tree that also knows the largest gap of each subtree,
// so that lookup and the search for free room are O(log n). It never allocates and owns nothing.
#pragma once

#include "enclave/memory/mapping.h"

#include <optional>

namespace farl {

class MappingTree {
public:
    MappingTree() = default;
    MappingTree(MappingTree const&) = delete;
    MappingTree& operator=(MappingTree const&) = delete;

    bool is_empty() const { return root_ == nullptr; }
    Mapping* first() const { return first_; }
    static Mapping* next(Mapping const& mapping) { return mapping.links_.next; }
    static Mapping* previous(Mapping const& mapping) { return mapping.links_.previous; }

    // The first mapping that ends after the address; it may start after it too.
    Mapping* first_ending_after(uint64_t address) const;

    // The mapping must not overlap another.
    void insert(Mapping& mapping);
    void remove(Mapping& mapping);

    // Moves the ends of a mapping without passing a neighbour.
    void resize(Mapping& mapping, AddressRange range);

    // The highest (lowest) address in `within` where `size` bytes are free, guard gaps of stacks respected.
    std::optional<uint64_t> highest_room(uint64_t size, AddressRange within) const;
    std::optional<uint64_t> lowest_room(uint64_t size, AddressRange within) const;

    // Panics if an invariant does not hold: for tests.
    void verify() const;

private:
    static int height(Mapping const* mapping) { return mapping ? mapping->links_.height : 0; }
    static uint64_t largest_gap(Mapping const* mapping) { return mapping ? mapping->links_.largest_gap : 0; }
    static uint64_t gap_before(Mapping const& mapping);
    static AddressRange gap_range(Mapping const& mapping);
    static void update(Mapping& mapping);
    static void verify_subtree(Mapping const* mapping);

    void replace_child(Mapping* parent, Mapping& old_child, Mapping* new_child);
    Mapping& rotate_left(Mapping& mapping);
    Mapping& rotate_right(Mapping& mapping);
    Mapping& balance(Mapping& mapping);
    void rebalance_from(Mapping* mapping);
    void refresh_gap(Mapping* mapping);
    void link_neighbours(Mapping& mapping, Mapping* previous, Mapping* next);
    void swap_with_successor(Mapping& mapping, Mapping& successor);
    std::optional<uint64_t> highest_room_in(Mapping const* node, uint64_t size, AddressRange within) const;
    std::optional<uint64_t> lowest_room_in(Mapping const* node, uint64_t size, AddressRange within) const;

    Mapping* root_ { nullptr };
    Mapping* first_ { nullptr };
    Mapping* last_ { nullptr };
};

} // namespace farl
