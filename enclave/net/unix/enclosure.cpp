#include "enclave/net/unix/enclosure.h"

#include "base/spinlock.h"

#include <atomic>

namespace farl {

namespace {

constexpr size_t kMostOnTheWay = 4096;

constinit std::atomic<size_t> files_on_the_way { 0 };
constinit Spinlock discarded_lock;
constinit EnclosedMessages discarded;
constinit bool is_discarding { false };

EnclosedMessage* next_discarded()
{
    LockGuard guard(discarded_lock);
    auto* message = discarded.pop_front();
    is_discarding = message != nullptr;
    return message;
}

} // namespace

Result<Enclosure> Enclosure::copy() const
{
    Enclosure copied;
    TRY(copied.files.append(files.span()));
    copied.credentials = credentials;
    copied.sender = sender;
    return copied;
}

Result<Owned<EnclosedMessage>> enclose(Enclosure& enclosure)
{
    auto message = TRY(make_owned<EnclosedMessage>());
    auto count = enclosure.files.size();
    message->counted_files = count;
    if (files_on_the_way.fetch_add(count, std::memory_order_relaxed) + count > kMostOnTheWay)
        return Errno::Etoomanyrefs;
    std::swap(message->enclosure, enclosure);
    return message;
}

EnclosedMessage::~EnclosedMessage() { files_on_the_way.fetch_sub(counted_files, std::memory_order_relaxed); }

void discard_messages(EnclosedMessages& messages)
{
    if (messages.is_empty())
        return;
    {
        LockGuard guard(discarded_lock);
        while (auto* message = messages.pop_front())
            discarded.push_back(*message);
        if (is_discarding)
            return;
        is_discarding = true;
    }
    while (auto* message = next_discarded())
        delete message;
}

} // namespace farl
