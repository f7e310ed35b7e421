#include "enclave/syscall/control_messages.h"

#include "enclave/net/control_list.h"
#include "enclave/process/host_objects.h"
#include "enclave/process/process.h"

#include <algorithm>
#include <linux/capability.h>

namespace farl {

namespace {

constexpr size_t kMostControl = 64 * 1024;
constexpr size_t kMostFiles = 253; // SCM_MAX_FD

// unix(7): one's own, or any with the capability for it.
Result<> check_credentials(Thread& caller, ucred const& given)
{
    auto& process = caller.process();
    LockGuard guard(process.identity_lock);
    auto const& own = process.identity;
    auto may = [&](int capability) { return own.capabilities.effective >> capability & 1; };
    bool is_uid = given.uid == own.uid || given.uid == own.effective_uid || given.uid == own.saved_uid;
    bool is_gid = given.gid == own.gid || given.gid == own.effective_gid || given.gid == own.saved_gid;
    if (given.pid != process.pid())
        return may(CAP_SYS_ADMIN) ? Errno::Esrch : Errno::Eperm;
    return (is_uid || may(CAP_SETUID)) && (is_gid || may(CAP_SETGID)) ? Result<> {} : Errno::Eperm;
}

Result<int> add_received(Thread& caller, int host_number, bool close_on_exec)
{
    auto descriptor = TRY(checked_descriptor_value(host_number));
    auto file = TRY(adopt_host_descriptor(std::move(descriptor)));
    return caller.process().descriptors.add(std::move(file), close_on_exec);
}

} // namespace

// scm_send() of Linux
Result<> OutgoingControl::add(Thread& caller, cmsghdr const& header, std::span<std::byte const> payload)
{
    if (header.cmsg_level != SOL_SOCKET)
        return {};
    if (header.cmsg_type == SCM_CREDENTIALS) {
        ucred given;
        if (payload.size() != sizeof(given))
            return Errno::Einval;
        memcpy(&given, payload.data(), sizeof(given));
        TRY(check_credentials(caller, given));
        passed.credentials = given;
        return {};
    }
    if (header.cmsg_type != SCM_RIGHTS)
        return Errno::Einval;
    if (payload.size() / sizeof(int) + passed.files.size() > kMostFiles)
        return Errno::Einval;
    for (; payload.size() >= sizeof(int); payload = payload.subspan(sizeof(int))) {
        int number;
        memcpy(&number, payload.data(), sizeof(number));
        TRY(passed.files.push(Ref<File>(TRY(caller.any_file(number)))));
    }
    return {};
}

Result<OutgoingControl> OutgoingControl::read(Thread& caller, Socket const& socket, uint64_t address, size_t size)
{
    OutgoingControl control;
    if (!address || !size)
        return control;
    if (size > kMostControl)
        return Errno::Enobufs;
    TRY(control.bytes.resize(size));
    TRY(copy_from_user(control.bytes.data(), address, size));
    if (socket.domain() == AF_UNIX)
        TRY(for_each_control_message(control.bytes.span(), Errno::Einval,
            [&](cmsghdr const& header, std::span<std::byte> payload) { return control.add(caller, header, payload); }));
    return control;
}

Result<> IncomingControl::reserve(size_t user_size)
{
    return bytes.resize(user_size < kMostControl ? user_size : kMostControl);
}

// put_cmsg() of Linux: what does not fit is cut.
int IncomingControl::put(int type, std::span<std::byte const> payload)
{
    if (room() < sizeof(cmsghdr))
        return MSG_CTRUNC;
    auto length = std::min(CMSG_LEN(payload.size()), room());
    cmsghdr const header { .cmsg_len = length, .cmsg_level = SOL_SOCKET, .cmsg_type = type };
    memcpy(bytes.data() + size, &header, sizeof(header));
    memcpy(bytes.data() + size + sizeof(header), payload.data(), length - sizeof(header));
    bool is_cut = length < CMSG_LEN(payload.size());
    size += std::min(CMSG_SPACE(payload.size()), room());
    return is_cut ? MSG_CTRUNC : 0;
}

// scm_detach_fds() of Linux: as many as there is room for, and numbers.
int IncomingControl::put_files(Thread& caller, std::span<Ref<File>> files, bool close_on_exec)
{
    auto most = room() > sizeof(cmsghdr) ? (room() - sizeof(cmsghdr)) / sizeof(int) : 0;
    int numbers[kMostFiles];
    size_t count = 0;
    for (; count < files.size() && count < most; ++count) {
        auto number = caller.process().descriptors.add(files[count], close_on_exec);
        if (number.is_error())
            break;
        numbers[count] = number.value();
    }
    if (count)
        (void)put(SCM_RIGHTS, std::as_bytes(std::span(numbers, count)));
    return count < files.size() ? MSG_CTRUNC : 0;
}

Result<int> IncomingControl::deliver(Thread& caller, IncomingMessage& message, bool close_on_exec)
{
    size = message.control_size;
    int flags = 0;
    // HOST: a descriptor that came can be any; it is asked what it is.
    TRY(replace_descriptors(bytes.span().first(size), Errno::Eio, [&](int host_number) -> Result<int> {
        auto number = add_received(caller, host_number, close_on_exec);
        if (number.is_ok())
            return number;
        flags = MSG_CTRUNC;
        return -1;
    }));
    auto& passed = message.passed;
    if (passed.credentials)
        flags |= put(SCM_CREDENTIALS, std::as_bytes(std::span(&*passed.credentials, 1)));
    flags |= put_files(caller, passed.files.span(), close_on_exec);
    return flags;
}

} // namespace farl
