// What a call leaves in memory, changed after the host's kernel has answered: lengths, records, descriptors, events.
#pragma once

#include "tests/hostile/attack.h"

#include <atomic>

namespace farl::host {

struct Forgery {
    char const* name;
    void (*forge)(HostCall& call, size_t variant);
    size_t variants;
    std::vector<long> calls;
};

class ForgedContents final : public Attack {
public:
    // Null for a name that is no forgery.
    static std::unique_ptr<Attack> create(std::string const& name, bool from_start);
    ForgedContents(Forgery const& forgery, bool from_start) : forgery_(forgery), from_start_(from_start) { }

    void after(HostCall& call) override;
    bool starts_armed() override { return from_start_; }
    bool is_done() override { return next_ >= forgery_.variants; }

private:
    Forgery const& forgery_;
    bool const from_start_;
    std::atomic<size_t> next_ { 0 };
};

} // namespace farl::host
