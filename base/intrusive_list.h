// A doubly linked list whose links live in the elements: no allocation, O(1) removal.
// An element is in at most one list per link; the list does not own it.
#pragma once

#include "base/result.h"

#include <cstddef>

namespace farl {

class ListLink {
public:
    bool is_linked() const { return next_ != nullptr; }

private:
    template <typename T, ListLink T::*>
    friend class IntrusiveList;
    ListLink* next_ { nullptr };
    ListLink* previous_ { nullptr };
};

template <typename T, ListLink T::*Link>
class IntrusiveList {
public:
    constexpr IntrusiveList() { head_.next_ = head_.previous_ = &head_; }
    IntrusiveList(IntrusiveList const&) = delete;
    IntrusiveList& operator=(IntrusiveList const&) = delete;

    bool is_empty() const { return head_.next_ == &head_; }
    T* first() const { return is_empty() ? nullptr : element(head_.next_); }
    T* next(T& current) const
    {
        auto* link = (current.*Link).next_;
        return link == &head_ ? nullptr : element(link);
    }

    void push_back(T& value) { insert_between(value.*Link, *head_.previous_, head_); }
    void push_front(T& value) { insert_between(value.*Link, head_, *head_.next_); }
    void insert_before(T& position, T& value)
    {
        insert_between(value.*Link, *(position.*Link).previous_, position.*Link);
    }
    void remove(T& value)
    {
        auto& link = value.*Link;
        ASSERT(link.is_linked());
        link.previous_->next_ = link.next_;
        link.next_->previous_ = link.previous_;
        link.next_ = link.previous_ = nullptr;
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
        for (auto* link = head_.next_; link != &head_;) {
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
    static void insert_between(ListLink& link, ListLink& before, ListLink& after)
    {
        ASSERT(!link.is_linked());
        link.previous_ = &before;
        link.next_ = &after;
        before.next_ = &link;
        after.previous_ = &link;
    }

    ListLink head_;
};

} // namespace farl
