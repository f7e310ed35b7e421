// Control messages of sendmsg(2) and recvmsg(2): lengths are checked both ways, and SCM_RIGHTS is translated between
// the application's numbers and the host's.
#pragma once

#include "base/vector.h"
#include "enclave/process/thread.h"

namespace farl {

struct OutgoingControl {
    Vector<std::byte> bytes;  // for the host
    Vector<Ref<File>> passed; // open until they are sent

    // EINVAL for a malformed list, EOPNOTSUPP for a descriptor of something that only exists inside.
    static Result<OutgoingControl> read(Thread& caller, uint64_t address, size_t size);
};

struct IncomingControl {
    Vector<std::byte> bytes;
    size_t size { 0 }; // of what is to be given to the application

    Result<> reserve(size_t user_size);
    // HOST: `received` bytes came. Gives the application numbers for the descriptors among them. Returns MSG_CTRUNC
    // if some could not be given one.
    Result<int> deliver(Thread& caller, size_t received, bool close_on_exec);
};

} // namespace farl
