// ShieldedListener: accepts connections for a listening socket of the program and does their handshakes, so that the
// program only gets to see those that are what the rule asks for. How many are at work at once is bounded, as is their
// time.
#pragma once

#include "enclave/net/rule_credentials.h"
#include "enclave/net/shielded_stream.h"

namespace farl {

struct AcceptedStream {
    HostDescriptor descriptor;
    Ref<ShieldedStream> stream;
    SocketAddress peer;
};

class ShieldedListener final : public ShieldWatched {
public:
    // The descriptor listens, does not block, and stays open until stop(). `credentials` and `readiness` stay too.
    static Result<Ref<ShieldedListener>> create(
        int descriptor, uint16_t port, size_t backlog, RuleCredentials& credentials, ReadySource& readiness);
    ~ShieldedListener() override;
    void stop();

    // EAGAIN; EINVAL after stop().
    Result<AcceptedStream> take();
    uint32_t ready_events();

    void host_is_ready() override;
    void deadline_has_passed() override { }

private:
    class Arrival;

    ShieldedListener(
        int descriptor, uint16_t port, size_t backlog, RuleCredentials& credentials, ReadySource& readiness);
    Result<AcceptedStream> accept_from_host();
    Result<> begin_handshake(AcceptedStream accepted);
    Result<bool> admit_one();
    void arrived(Arrival& arrival);
    void gave_up(Arrival& arrival);
    void drop_oldest();

    int descriptor_;
    uint16_t port_;
    size_t backlog_;
    RuleCredentials& credentials_;

    Mutex lock_; // all below
    ReadySource* readiness_;
    ShieldReactor::Ticket ticket_ { 0 };
    bool is_full_ { false };
    bool is_stopped_ { false };
    Vector<Ref<Arrival>> arrivals_; // at their handshakes, the oldest first
    Vector<AcceptedStream> ready_;  // in order
};

} // namespace farl
