// Liar: hands each host call to the attack, before and after it is executed, while the victim wants that. Victims steer
// it by access(2) of names that no file has: /hostile/arm, /hostile/disarm, and /hostile/done, which exists when the
// attack is exhausted; all others are for the attack.
#pragma once

#include "tests/hostile/attack.h"

#include "host/executor/executor.h"

#include <atomic>

namespace farl::host {

class Liar {
public:
    explicit Liar(Attack& attack) : attack_(attack), is_armed_(attack.starts_armed()) { }

    Attack& attack() { return attack_; }
    bool is_armed() const { return is_armed_; }
    // The call is to be executed next, unless `instead` is set.
    void begin(HostCall& call);
    // The slot has the honest result; it leaves with the one that the enclave gets.
    void finish(HostCall& call);

private:
    bool obey(HostCall& call);

    Attack& attack_;
    std::atomic<bool> is_armed_;
};

// For calls that come through the queue.
class LyingExecutor final : public Executor {
public:
    LyingExecutor(Executor& inner, Liar& liar) : inner_(inner), liar_(liar) { }
    int64_t execute(LinuxCall const& call) override;

private:
    Executor& inner_;
    Liar& liar_;
};

} // namespace farl::host
