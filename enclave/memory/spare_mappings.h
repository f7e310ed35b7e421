// SpareMappings: nodes set aside before an operation starts, so that it cannot run out of them half way.
#pragma once

#include "enclave/memory/mapping.h"

namespace farl {

class SpareMappings {
public:
    SpareMappings() = default;
    SpareMappings(SpareMappings const&) = delete;
    SpareMappings& operator=(SpareMappings const&) = delete;
    ~SpareMappings()
    {
        while (count_)
            delete nodes_[--count_];
    }

    Result<> reserve(size_t count)
    {
        ASSERT(count <= kCapacity);
        while (count_ < count) {
            auto* node = new (std::nothrow) Mapping;
            if (!node)
                return Errno::Enomem;
            nodes_[count_++] = node;
        }
        return {};
    }

    // Only what reserve() promised.
    Mapping& take()
    {
        ASSERT(count_ > 0);
        return *nodes_[--count_];
    }

    void give_back(Mapping& node)
    {
        if (count_ == kCapacity) {
            delete &node;
            return;
        }
        node.object = nullptr;
        nodes_[count_++] = &node;
    }

private:
    static constexpr size_t kCapacity = 16;
    Mapping* nodes_[kCapacity];
    size_t count_ { 0 };
};

} // namespace farl
