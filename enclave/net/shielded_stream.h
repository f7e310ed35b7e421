// ShieldedStream: a connection of the host with TLS in it. Its calls never wait: EAGAIN says that the host has to be
// waited for. Sealed bytes cross once, and are opened inside. What is wrong with a connection ends it for the program
// like a reset, and is told to the log. For any thread.
//
// Lock order: the socket's epoll sets, lock_, the shield reactor, a ReadySource.
#pragma once

#include "enclave/hostcall/delaying.h"
#include "enclave/hostcall/host_moment.h"
#include "enclave/memory/buffers.h"
#include "enclave/net/internet_address.h"
#include "enclave/net/shield_reactor.h"
#include "enclave/net/tls/tls_session.h"
#include "enclave/vfs/ready.h"

namespace farl {

// What is told of a connection: the other side, and the port of this one, or of the other one if this side connects.
struct StreamName {
    InternetAddress peer;
    uint16_t port { 0 };
    std::string_view host {}; // whose stand-in the other side is, if anybody's; it stays
};

class ShieldedStream final : public ShieldWatched, private CallBatch::Caller, private DelayedCaller {
public:
    // On a connection of the host, whose descriptor stays open until close(). For a client it may not be there yet.
    static Result<Ref<ShieldedStream>> create(Ref<TlsContext> context, int descriptor, StreamName const& name);

    // Whom to tell when it becomes ready; from the first time on it is counted as open (close_all_streams).
    void attach(ReadySource& readiness);

    // One step, or as many as there is input for. ECONNREFUSED: who answers is not who was meant; ECONNRESET; other
    // errors of the connection.
    Result<> shake_hands();
    // Another thread looks after time-outs from now on. ENOMEM.
    Result<> limit_handshake();
    bool is_shaken() const { return is_shaken_.load(std::memory_order_acquire); }

    // recv(2): MSG_PEEK, MSG_TRUNC, MSG_OOB matter. 0 at the end.
    Result<size_t> read(Sink const& sink, size_t offset, int flags);
    // As much as is taken; ENOTCONN before the handshake is done, for who connects; EPIPE. What is no whole record is
    // held back if it `waits_for_more`: until some comes that does not, push(), or a moment has passed. What is sealed
    // may wait to be sent with what other streams send: are_delayed_calls_due().
    Result<size_t> write(Source const& source, size_t offset, bool waits_for_more);
    void push();
    Result<> shut_down(int how);
    // The last call. With `abort` nothing is said to the other side; what the program has not read resets the
    // connection, as in Linux.
    void close(HostDescriptor descriptor, bool abort);

    uint32_t ready_events();
    // The host is asked for input only if it has said that there is some.
    uint32_t ready_events_since_hint();
    // Adds what that would receive, if anything, to a batch that is run soon, and is locked until then.
    void look_ahead(CallBatch& batch);
    // What the host is to be asked for by who waits for these events.
    uint32_t host_interest(uint32_t wanted);
    // HOST: an error or a hang-up is a reason to look, whatever is there to read. Does not park.
    void note_host_events(uint32_t events);
    size_t readable_size();
    // Opens so much, unless there is not so much yet. Whether nothing is left to wait for: it is there, or no more
    // comes.
    bool has_readable(size_t size);
    bool has_room_to_peek();
    size_t unsent_size();
    // DER; how much of the room it takes. ENODATA: it has shown none; EMSGSIZE.
    Result<size_t> peer_certificate(std::span<std::byte> room);
    // What TLS is there, in lines of /proc/PID/fdinfo (docs/formats/session.md); empty before the handshake is done.
    // ENOMEM.
    Result<String> describe();
    // SO_ERROR: what is wrong, once; 0.
    int take_error();

    void host_is_ready() override;
    void deadline_has_passed() override;

private:
    friend void close_all_streams();
    enum class Phase : uint8_t { Connecting, Handshake, Open, Failed };

    ShieldedStream(Owned<TlsSession> tls, TlsEnd end, int descriptor, StreamName const& name)
        : tls_(std::move(tls)),
          end_(end),
          descriptor_(descriptor),
          name_(name),
          phase_(end == TlsEnd::Client ? Phase::Connecting : Phase::Handshake)
    {
    }

    Result<> advance();
    Result<> step_handshake();
    Result<> check_connected();
    void finish_handshake();
    Result<> pump(size_t enough, bool is_thorough);
    Result<size_t> open_records();
    Result<bool> receive();
    bool is_known_drained() const;
    Result<bool> take_received(HostAnswer answer, HostAddress room, size_t size);
    Result<> take_sent(HostAnswer answer);
    void take_answer(uint64_t number, HostAnswer answer, HostAddress room) override;
    bool make_delayed(CallBatch& batch) override;
    void make_delayed_alone() override;
    void hold() override { ref(); }
    void let_go() override { unref(); }
    bool has_to_send() const { return phase_ == Phase::Open && readiness_ && !tls_->outgoing().is_empty(); }
    bool may_delay() const;
    bool takes_output() const { return tls_->outgoing().is_empty() || delayed_by_; }
    Result<> flush_or_delay();
    Result<> flush();
    Result<size_t> send_some();
    void watch_output();
    void unwatch();
    Result<> seal(Source const& source, size_t offset, size_t size);
    Result<size_t> seal_or_hold(Source const& source, size_t offset, bool waits_for_more);
    Result<> seal_held();
    void limit_hold();
    void stop_holding();
    Result<size_t> give(Sink const& sink, size_t offset, int flags);
    bool has_unread();
    void reset_on_host();
    Errno end_of_data();
    Errno fail_tls();
    Errno fail(Errno error);
    Errno take_failure(Errno otherwise);
    void tell(std::string_view why) const;
    void notify(uint32_t events);
    uint32_t events() const;
    uint32_t look(bool may_have_input);

    Mutex lock_; // all below
    Owned<TlsSession> tls_;
    TlsEnd end_;
    std::optional<HostMoment> drained_; // when the host had no more
    ByteQueue plain_;                   // opened, and not yet read
    ByteQueue held_;                    // taken from the program, and not yet sealed; less than a record
    int descriptor_;
    StreamName name_;
    Phase phase_;
    bool has_ended_ { false };     // the other side said that nothing more comes
    bool is_read_shut_ { false };  // by the program
    bool is_write_shut_ { false }; // the same; the host is told once all is sent
    bool is_abandoned_ { false };  // the program has closed it
    std::optional<Errno> error_;   // not yet told
    std::optional<Errno> cut_off_; // the same, to who reads: the end that it finds is none
    ReadySource* readiness_ { nullptr };
    Fiber* delayed_by_ { nullptr };           // among its delayed calls is one of this
    ShieldReactor::Ticket ticket_ { 0 };      // for output that waits, or for a handshake's deadline
    ShieldReactor::Ticket hold_ticket_ { 0 }; // for the end of holding back
    uint64_t hold_until_ns_ { 0 };            // when held_ is not empty
    HostDescriptor kept_;                     // after close(), until all is sent
    std::atomic<bool> is_shaken_ { false };
    std::atomic<bool> may_have_input_ { true };    // the host, since the last receive that was not filled
    std::atomic<bool> has_host_hung_up_ { false }; // so it says

public:
    ListLink open_link; // among all that are open, under their lock
};

// At the end of the process: tells the other sides of all open streams that it was one, for as long as a moment.
void close_all_streams();

} // namespace farl
