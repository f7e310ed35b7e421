// MessageQueue: what msgget(2) makes: messages with types, in the order in which they were sent.
#pragma once

#include "base/owned.h"
#include "enclave/process/ipc_table.h"
#include "enclave/sched/wait_queue.h"

#include <sys/msg.h>

namespace farl {

struct Message {
    long type { 0 };
    Vector<char> bytes;
    ListLink link;
};

class MessageQueue final : public IpcObject {
public:
    static constexpr size_t kLargestMessage = 8192; // msgmax
    static constexpr size_t kMostBytes = 16384;     // msgmnb

    ~MessageQueue() override;

    // EAGAIN or, if it waits, EINTR and EIDRM.
    Result<> send(Identity const& identity, Owned<Message> message, bool waits);
    // Which messages msgrcv(2) takes.
    struct Wish {
        long type;
        bool is_other_type; // MSG_EXCEPT
        size_t room;
        bool may_cut; // MSG_NOERROR
        bool waits;
    };
    Result<Owned<Message>> receive(Identity const& identity, Wish const& wish);
    msqid_ds describe();
    Result<> change(Identity const& identity, msqid_ds const& wanted);
    Result<> remove(Identity const& identity);

    int number { 0 };

private:
    Message* find(Wish const& wish);
    bool has_room(size_t size) const { return bytes_ + size <= limit_; }
    void take(Message& message);

    IntrusiveList<Message, &Message::link> messages_; // under lock, like the rest
    size_t bytes_ { 0 };
    size_t count_ { 0 };
    size_t limit_ { kMostBytes };
    int last_sender_ { 0 }, last_receiver_ { 0 };
    time_t sent_ { 0 }, received_ { 0 }, changed_ { 0 };
    WaitQueue senders_;
    WaitQueue receivers_;
};

} // namespace farl
