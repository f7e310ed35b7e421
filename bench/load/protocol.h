// What is asked of a server, and how its answers are told apart: HTTP, Redis, memcached. Parsers see untidy input:
// an answer may arrive in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace farl::load {

struct Reply {
    enum class Kind {
        Incomplete,
        Success,
        Failure, // an answer, but not what was asked for: an error, or a key that is missing
        Malformed,
    };
    Kind kind = Kind::Incomplete;
    size_t size = 0; // of the answer, if it is complete

    bool operator==(Reply const&) const = default;
};

class Protocol {
public:
    virtual ~Protocol() = default;

    virtual void append_request(std::string& to) = 0;

    // What `received` begins with.
    virtual Reply parse(std::string_view received) const = 0;
};

// Reads and writes of a store: of values of one size, under uniformly chosen keys; half of each, as YCSB's workload A.
struct StoreLoad {
    uint32_t key_count = 10'000;
    uint32_t value_size = 1024;
    double read_share = 0.5;
    bool is_preload = false; // each key is written once, in order
};

std::unique_ptr<Protocol> make_http(std::string_view path);
std::unique_ptr<Protocol> make_redis(StoreLoad const& load);
std::unique_ptr<Protocol> make_memcached(StoreLoad const& load);

} // namespace farl::load
