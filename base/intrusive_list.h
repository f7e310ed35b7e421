// A doubly linked list whose links live in the elements: no allocation, O(1) removal.
// An element is in at most one list per link; the list does not own it.
#pragma once

#include "base/result.h"

#include <cstddef>

namespace farl {

class ListLink {
public:
    bool is_linked() const { return is_linked_; }

private:
    template <typename T, ListLink T::*>
    friend class IntrusiveList;
    ListLink* next_ { nullptr };
    ListLink* previous_ { nullptr };
    bool is_linked_ { false };
};

template <typename T, ListLink T::*Link>
class IntrusiveList {
public:
    constexpr IntrusiveList() = default;
    IntrusiveList(IntrusiveList const&) = delete;
    IntrusiveList& operator=(IntrusiveList const&) = delete;

    bool is_empty() const { return !first_; }
    T* first() const { return first_ ? element(first_) : nullptr; }
    T* next(T& current) const
    {
        auto* link = (current.*Link).next_;
        return link ? element(link) : nullptr;
    }

    void push_back(T& value) { insert_between(value.*Link, last_, nullptr); }
    void push_front(T& value) { insert_between(value.*Link, nullptr, first_); }
    void remove(T& value)
    {
        auto& link = value.*Link;
        ASSERT(link.is_linked_);
        (link.previous_ ? link.previous_->next_ : first_) = link.next_;
        (link.next_ ? link.next_->previous_ : last_) = link.previous_;
        link = {};
    }
    T* pop_front()
    {
        auto* value = first();
        if (value)
            remove(*value);
        return value;
    }

    // The current element may be removed by the body.
    template <typename Function>
    void for_each(Function&& function)
    {
        for (auto* link = first_; link;) {
            auto* following = link->next_;
            function(*element(link));
            link = following;
        }
    }

private:
    static T* element(ListLink* link)
    {
        auto offset = reinterpret_cast<size_t>(&(reinterpret_cast<T*>(0x1000)->*Link)) - 0x1000;
        return reinterpret_cast<T*>(reinterpret_cast<char*>(link) - offset);
    }
    void insert_between(ListLink& link, ListLink* before, ListLink* after)
    {
        ASSERT(!link.is_linked_);
        link.previous_ = before;
        link.next_ = after;
        link.is_linked_ = true;
        (before ? before->next_ : first_) = &link;
        (after ? after->previous_ : last_) = &link;
    }

    ListLink* first_ { nullptr };
    ListLink* last_ { nullptr };
};

} // namespace farl
