// Control messages of sendmsg(2) and recvmsg(2): lengths are checked both ways, and SCM_RIGHTS is translated between
// the application's numbers and the host's.
#pragma once

#include "base/vector.h"
#include "enclave/net/socket.h"
#include "enclave/process/thread.h"

namespace farl {

struct OutgoingControl {
    Vector<std::byte> bytes;  // for the host
    Vector<Ref<File>> passed; // open until they are sent
    Vector<int> in_transit;   // of files that exist only inside

    // EINVAL for a malformed list. EOPNOTSUPP for a descriptor of something that only exists inside, unless the
    // socket's other end is in this process too.
    static Result<OutgoingControl> read(Thread& caller, Socket const& socket, uint64_t address, size_t size);
    // After a send that failed.
    void withdraw();

private:
    Result<int> host_number_of(Ref<File> file, Socket const& socket);
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
