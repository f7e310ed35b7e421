// Enclosure: what comes along with bytes through a Unix socket: open files, credentials, and who sent them, unix(7).
#pragma once

#include "base/intrusive_list.h"
#include "base/owned.h"
#include "enclave/net/socket.h"
#include "enclave/net/unix/unix_name.h"

namespace farl {

struct Enclosure : Passed {
    Ref<UnixName> sender {}; // null: it has no name

    Result<Enclosure> copy() const;
};

// One message, or the part of a stream that something came along with.
struct EnclosedMessage {
    ~EnclosedMessage();

    uint64_t begin { 0 }; // in all that went through the queue
    size_t size { 0 };
    Enclosure enclosure;
    size_t counted_files { 0 }; // among those on their way
    ListLink link;
};

using EnclosedMessages = IntrusiveList<EnclosedMessage, &EnclosedMessage::link>;

// Takes over what is enclosed. Files on their way are bounded, for sockets that are in each other's queues keep each
// other: ETOOMANYREFS.
Result<Owned<EnclosedMessage>> enclose(Enclosure& enclosure);

// Deletes messages that nobody reads any more. A socket among what they enclose may have such messages too, and so on:
// they are deleted one after another, not one within another. With no lock held.
void discard_messages(EnclosedMessages& messages);

} // namespace farl
