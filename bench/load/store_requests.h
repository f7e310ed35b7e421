// Which key is read or written next. Always the same sequence, so that all sides of a comparison get the same.
#pragma once

#include "bench/load/protocol.h"

#include <random>

namespace farl::load {

class StoreRequests {
public:
    explicit StoreRequests(StoreLoad const& load) : load_(load), value_(load.value_size, 'x') { }

    std::string_view value() const { return value_; }

    struct Request {
        bool is_read;
        std::string key;
    };

    Request next()
    {
        if (load_.is_preload)
            return { false, name(sequential_++) };
        auto const is_read = share_(random_) < load_.read_share;
        return { is_read, name(random_() % load_.key_count) };
    }

private:
    static std::string name(uint32_t key) { return "key:" + std::to_string(key); }

    StoreLoad load_;
    std::string value_;
    std::minstd_rand random_ { 1 };
    std::uniform_real_distribution<double> share_ { 0, 1 };
    uint32_t sequential_ = 0;
};

} // namespace farl::load
