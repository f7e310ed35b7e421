// Attacks on the queues of asynchronous calls: "queue NAME". Each has a number of responses in store, after which it is
// exhausted and the host honest.
#pragma once

#include "tests/hostile/attack.h"

#include <atomic>

namespace farl::host {

class QueueAttack final : public Attack {
public:
    struct Kind {
        char const* name;
        // Instead of the response; must see to it that the right one comes in the end. Null: `submit` has answered.
        void (*respond)(Relay& relay, uint32_t slot, uint64_t random);
        void (*submit)(Relay& relay, uint32_t slot, uint64_t random) { nullptr };
    };

    // Null for a name that is no attack.
    static std::unique_ptr<Attack> create(std::string const& name);
    explicit QueueAttack(Kind const& kind) : kind_(kind) { }

    void submit(Relay& relay, uint32_t slot) override;
    void respond(Relay& relay, uint32_t slot) override;
    bool is_done() override { return responses_ >= kResponses; }

private:
    static constexpr uint64_t kResponses = 1000;

    Kind const& kind_;
    std::atomic<uint64_t> responses_ { 0 };
};

// Never answers one call, the first pwrite(2) that comes by queue.
class DroppedResponse final : public Attack {
public:
    void respond(Relay& relay, uint32_t slot) override;
    bool is_done() override { return responses_ >= 300; }

private:
    std::atomic<uint64_t> responses_ { 0 };
    std::atomic<bool> has_dropped_ { false };
};

} // namespace farl::host
