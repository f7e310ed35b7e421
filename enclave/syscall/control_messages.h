// Control messages of sendmsg(2) and recvmsg(2): lengths are checked both ways, and what stands for something of the
// process, SCM_RIGHTS and SCM_CREDENTIALS, is found or made.
#pragma once

#include "base/vector.h"
#include "enclave/net/socket.h"
#include "enclave/process/thread.h"

namespace farl {

struct OutgoingControl {
    Vector<std::byte> bytes;
    Passed passed;

    // EINVAL for a malformed list, EBADF, EPERM for credentials of others.
    static Result<OutgoingControl> read(Thread& caller, Socket const& socket, uint64_t address, size_t size);

private:
    Result<> add(Thread& caller, cmsghdr const& header, std::span<std::byte const> payload);
};

struct IncomingControl {
    Vector<std::byte> bytes;
    size_t size { 0 }; // of what is to be given to the application

    Result<> reserve(size_t user_size);
    // Gives the application numbers for the descriptors that came. Returns MSG_CTRUNC if something found no place.
    Result<int> deliver(Thread& caller, IncomingMessage& message, bool close_on_exec);

private:
    size_t room() const { return bytes.size() - size; }
    int put(int type, std::span<std::byte const> payload);
    int put_files(Thread& caller, std::span<Ref<File>> files, bool close_on_exec);
};

} // namespace farl
