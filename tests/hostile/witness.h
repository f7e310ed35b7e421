// Witness: honest, but it looks for a marker in all that host calls are given and answer.
#pragma once

#include "tests/hostile/attack.h"

#include <mutex>
#include <set>

namespace farl::host {

class Witness final : public Attack {
public:
    // The marker in hexadecimal digits.
    explicit Witness(std::string const& marker);

    void start(wire::StartInfo& info) override;
    void before(HostCall& call) override { look(call); }
    void after(HostCall& call) override { look(call); }
    bool starts_armed() override { return true; }

private:
    void look(HostCall const& call);

    std::string marker_;
    uint64_t arena_ { 0 }, arena_end_ { 0 };
    std::mutex lock_;
    std::set<uint64_t> reported_; // calls that had it, by their numbers
};

} // namespace farl::host
