// UnixQueue: what is on its way to one Unix socket: a stream of bytes, or messages. What is sent never leaves the
// enclave. A stream without enclosures is bytes in a ring and nothing else, as a pipe.
// Lock order: writing_, reading_, lock_, a ReadySource.
#pragma once

#include "enclave/net/unix/enclosure.h"
#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/byte_ring.h"

namespace farl {

class UnixQueue : public RefCounted<UnixQueue> {
public:
    // Whoever is told when there is room: the sockets that are connected to this one.
    struct Sender {
        ReadySource* readiness { nullptr };
        ListLink link;
    };
    // `limit` is of bytes on their way, counting something for each message. A deadline of 0: nobody waits.
    struct SendTerms {
        size_t limit;
        size_t most_messages;
        uint64_t deadline_ns;
    };
    struct ReceiveTerms {
        bool peeks;
        uint64_t deadline_ns;
    };
    struct Received {
        size_t count { 0 };
        size_t message_size { 0 }; // of messages
        bool has_enclosure { false };
        Enclosure enclosure {};
    };

    // SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM
    UnixQueue(int type, ReadySource& reader)
        : keeps_messages_(type != SOCK_STREAM),
          has_connection_(type != SOCK_DGRAM),
          reader_(&reader)
    {
    }
    ~UnixQueue() { discard_messages(messages_); }

    // What is enclosed is taken over if anything was sent. EPIPE or ECONNREFUSED if nobody will read it, EAGAIN.
    Result<size_t> send(Source const& source, Enclosure& enclosure, SendTerms const& terms);
    // Nothing at the end. EAGAIN.
    Result<Received> receive(Sink const& sink, size_t offset, ReceiveTerms const& terms);

    uint32_t reader_events();
    bool is_writable(size_t limit, size_t most_messages);
    bool is_shut();
    // Of a stream all there is, of messages the first one.
    size_t readable_size(bool counts_all);
    size_t charged_size();

    void attach(Sender& sender);
    void detach(Sender& sender);
    // No more goes in: what is there can still be read.
    void shut();
    // To be told once to whoever reads or asks, after what is there.
    void fail(Errno error);
    std::optional<Errno> take_error();
    // The reader goes. Whether something was left.
    bool close();

private:
    static constexpr size_t kOverhead = 768; // what Linux counts for a small message

    bool has_data() const { return keeps_messages_ ? !messages_.is_empty() : ring_.size() != 0; }
    Errno why_shut() const { return is_closed_ && !has_connection_ ? Errno::Econnrefused : Errno::Epipe; }
    bool has_room(SendTerms const& terms) const;
    Result<> wait_for_room(SendTerms const& terms);
    Result<bool> wait_for_data(uint64_t deadline_ns);
    Result<size_t> make_room(size_t count);
    Result<std::optional<size_t>> put(
        Source const& source, size_t offset, SendTerms const& terms, Enclosure& enclosure);
    Result<> add(size_t count, Owned<EnclosedMessage> message);
    Result<bool> take_some(Sink const& sink, size_t offset, bool peeks, Received& received);
    Owned<EnclosedMessage> consume(size_t count, bool ends_message);
    size_t charge() const { return ring_.size() + message_count_ * kOverhead; }
    bool has_much_room(size_t limit) const { return charge() * 4 <= limit; } // unix_writable() of Linux
    void tell_reader(uint32_t events);
    void tell_senders(uint32_t events);

    bool const keeps_messages_;
    bool const has_connection_;
    Mutex writing_;
    Mutex reading_;

    Spinlock lock_; // all below
    ByteRing ring_;
    uint64_t taken_ { 0 }; // bytes that went through
    EnclosedMessages messages_;
    size_t message_count_ { 0 };
    size_t limit_ { 0 }; // of who sent last
    bool is_shut_ { false };
    bool is_closed_ { false };
    std::optional<Errno> error_;
    ReadySource* reader_; // null: it went
    IntrusiveList<Sender, &Sender::link> senders_;
    WaitQueue readers_;
    WaitQueue writers_;
};

} // namespace farl
