// An intrusive min-heap with O(1) insertion and removal of any element in O(log n) amortised; no allocation.
// `Key` is a member to order by; an element is in at most one heap per link.
#pragma once

#include "base/result.h"

#include <cstddef>

namespace farl {

template <typename T>
struct HeapLink {
    T* child { nullptr };
    T* next { nullptr };     // sibling
    T* previous { nullptr }; // sibling, or parent for a first child
    bool is_linked { false };
};

template <typename T, HeapLink<T> T::*Link, auto Key>
class PairingHeap {
public:
    bool is_empty() const { return !root_; }
    T* first() const { return root_; }

    void insert(T& element)
    {
        ASSERT(!link(element).is_linked);
        link(element) = {};
        link(element).is_linked = true;
        root_ = meld(root_, &element);
    }

    void remove(T& element)
    {
        ASSERT(link(element).is_linked);
        if (&element == root_) {
            root_ = combine(link(element).child);
        } else {
            detach(element);
            root_ = meld(root_, combine(link(element).child));
        }
        if (root_)
            link(*root_).previous = link(*root_).next = nullptr;
        link(element) = {};
    }

private:
    static HeapLink<T>& link(T& element) { return element.*Link; }

    static void detach(T& element)
    {
        auto& own = link(element);
        if (link(*own.previous).child == &element)
            link(*own.previous).child = own.next;
        else
            link(*own.previous).next = own.next;
        if (own.next)
            link(*own.next).previous = own.previous;
    }

    static T* meld(T* a, T* b)
    {
        if (!a || !b)
            return a ? a : b;
        if (b->*Key < a->*Key)
            std::swap(a, b);
        auto& parent = link(*a);
        auto& added = link(*b);
        added.previous = a;
        added.next = parent.child;
        if (parent.child)
            link(*parent.child).previous = b;
        parent.child = b;
        return a;
    }

    // Two passes over the siblings: pair from the left, then meld the pairs from the right.
    static T* combine(T* first)
    {
        T* pairs = nullptr;
        while (first) {
            auto* a = first;
            auto* b = link(*a).next;
            first = b ? link(*b).next : nullptr;
            link(*a).next = link(*a).previous = nullptr;
            if (b)
                link(*b).next = link(*b).previous = nullptr;
            auto* pair = meld(a, b);
            link(*pair).next = pairs;
            pairs = pair;
        }
        T* result = nullptr;
        while (pairs) {
            auto* following = link(*pairs).next;
            link(*pairs).next = nullptr;
            result = meld(result, pairs);
            pairs = following;
        }
        return result;
    }

    T* root_ { nullptr };
};

} // namespace farl
