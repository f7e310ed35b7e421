// Answers that no honest kernel gives, one for each occurrence of a call while the victim wants it.
#pragma once

#include "tests/hostile/attack.h"
#include "tests/hostile/calls.h"

#include <atomic>

namespace farl::host {

// Does not execute the call but `close`, whose descriptor would stay open, and those about carriers that are there.
class ForgedAnswers final : public Attack {
public:
    // "from_start": armed before the program runs; "sampled": only some of the numbers that are no errno.
    ForgedAnswers(KnownCall const& call, std::string_view how);

    void before(HostCall& call) override;
    void after(HostCall& call) override;
    bool starts_armed() override { return from_start_; }
    bool is_done() override { return next_ >= count_; }

private:
    bool is_executed() const;
    int64_t forged(HostCall const& call);

    KnownCall const& call_;
    bool const from_start_;
    std::vector<int64_t> fixed_;
    size_t count_;
    std::atomic<size_t> next_ { 0 };
};

} // namespace farl::host
