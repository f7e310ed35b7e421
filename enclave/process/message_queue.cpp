#include "enclave/process/message_queue.h"

#include "enclave/time/runtime_clock.h"

#include <climits>

namespace farl {

namespace {

time_t now_s() { return static_cast<time_t>((monotonic_ns() + realtime_offset_ns()) / 1'000'000'000); }

} // namespace

MessageQueue::~MessageQueue()
{
    while (auto* message = messages_.pop_front())
        delete message;
}

Result<> MessageQueue::send(Identity const& identity, Owned<Message> message, bool waits)
{
    LockGuard guard(lock);
    TRY(check_access(identity, 02));
    while (!is_removed && !has_room(message->bytes.size())) {
        if (!waits)
            return Errno::Eagain;
        TRY(senders_.wait(lock));
    }
    if (is_removed)
        return Errno::Eidrm;
    bytes_ += message->bytes.size();
    ++count_;
    messages_.push_back(*message.release());
    last_sender_ = process().pid();
    sent_ = now_s();
    receivers_.wake_all();
    return {};
}

// msgrcv(2): 0 takes the first; a negative type the lowest up to its amount.
Message* MessageQueue::find(Wish const& wish)
{
    Message* best = nullptr;
    auto most = wish.type == LONG_MIN ? LONG_MAX : -wish.type;
    for (auto* message = messages_.first(); message; message = messages_.next(*message)) {
        if (wish.type == 0 || (wish.type > 0 && (message->type == wish.type) != wish.is_other_type))
            return message;
        if (wish.type < 0 && message->type <= most && (!best || message->type < best->type))
            best = message;
    }
    return best;
}

void MessageQueue::take(Message& message)
{
    messages_.remove(message);
    bytes_ -= message.bytes.size();
    --count_;
    last_receiver_ = process().pid();
    received_ = now_s();
    senders_.wake_all();
}

Result<Owned<Message>> MessageQueue::receive(Identity const& identity, Wish const& wish)
{
    LockGuard guard(lock);
    TRY(check_access(identity, 04));
    for (;;) {
        if (is_removed)
            return Errno::Eidrm;
        if (auto* message = find(wish)) {
            if (message->bytes.size() > wish.room && !wish.may_cut)
                return Errno::E2big;
            take(*message);
            return Owned<Message>(message);
        }
        if (!wish.waits)
            return Errno::Enomsg;
        TRY(receivers_.wait(lock));
    }
}

msqid_ds MessageQueue::describe()
{
    LockGuard guard(lock);
    msqid_ds status {};
    status.msg_perm = permissions;
    status.msg_stime = sent_;
    status.msg_rtime = received_;
    status.msg_ctime = changed_;
    status.__msg_cbytes = bytes_;
    status.msg_qnum = count_;
    status.msg_qbytes = limit_;
    status.msg_lspid = last_sender_;
    status.msg_lrpid = last_receiver_;
    return status;
}

Result<> MessageQueue::change(Identity const& identity, msqid_ds const& wanted)
{
    constexpr int kMayExceed = 24; // CAP_SYS_RESOURCE
    LockGuard guard(lock);
    TRY(check_owner(identity));
    if (wanted.msg_qbytes > kMostBytes && !identity.capabilities.has(kMayExceed))
        return Errno::Eperm;
    take_permissions(wanted.msg_perm);
    limit_ = wanted.msg_qbytes;
    changed_ = now_s();
    senders_.wake_all();
    return {};
}

Result<> MessageQueue::remove(Identity const& identity)
{
    LockGuard guard(lock);
    if (is_removed)
        return Errno::Eidrm;
    TRY(check_owner(identity));
    is_removed = true;
    senders_.wake_all();
    receivers_.wake_all();
    return {};
}

} // namespace farl
