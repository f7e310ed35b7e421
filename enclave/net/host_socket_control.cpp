// ioctl(2) on sockets: the requests that ask something.
#include "enclave/net/host_socket.h"

#include <algorithm>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>

namespace farl {

// A structure that goes out and comes back changed. HOST: plain bytes; whoever asked takes them as it would outside.
Result<uint64_t> HostSocket::control_structure(uint64_t request, uint64_t argument, size_t size)
{
    uint8_t bytes[sizeof(ifreq)] {};
    TRY(copy_from_user(bytes, argument, size));
    Staging staging;
    auto staged = TRY(staging.put(bytes, size));
    auto answer = TRY(checked_number(host_call(SYS_ioctl, descriptor_.number(), request, staged.value())));
    host_copy_in(bytes, staged, size);
    TRY(copy_to_user(argument, bytes, size));
    return answer;
}

Result<uint64_t> HostSocket::list_interfaces(uint64_t argument)
{
    constexpr int kMost = 64 * 1024;
    auto list = TRY(UserIn<ifconf> { argument }.read());
    auto user_buffer = reinterpret_cast<uint64_t>(list.ifc_buf);
    // netdevice(7): without a buffer only the length is asked for, and the one that was passed means nothing.
    auto room = user_buffer ? std::clamp(list.ifc_len, 0, kMost) : 0;
    Staging staging;
    auto buffer = TRY(staging.reserve(static_cast<size_t>(room)));
    ifconf asked {};
    asked.ifc_len = room;
    asked.ifc_buf = user_buffer ? reinterpret_cast<char*>(buffer.value()) : nullptr;
    auto staged = TRY(staging.put_object(asked));
    TRY(checked_status(host_call(SYS_ioctl, descriptor_.number(), SIOCGIFCONF, staged.value())));
    // HOST: the length stays within the room, unless only the length was asked for.
    list.ifc_len = host_read<ifconf>(staged).ifc_len;
    if (list.ifc_len < 0 || (user_buffer && list.ifc_len > room))
        return host_lied("interface list length", list.ifc_len);
    if (user_buffer)
        TRY(Sink(user_buffer, static_cast<size_t>(list.ifc_len))
                .copy_from_host(0, buffer, static_cast<size_t>(list.ifc_len)));
    TRY(UserOut<ifconf> { argument }.write(list));
    return 0;
}

Result<uint64_t> HostSocket::control(uint64_t request, uint64_t argument)
{
    if (auto stream = shield(); stream && (request == FIONREAD || request == SIOCOUTQ))
        return count_shielded(*stream, request, argument);
    switch (request) {
    case FIONREAD:
    case SIOCOUTQ:
    case SIOCATMARK:
    case SIOCGPGRP:
    case FIOGETOWN:
        return control_structure(request, argument, sizeof(int));
    case SIOCGIFCONF:
        return list_interfaces(argument);
    case SIOCGIFNAME:
    case SIOCGIFFLAGS:
    case SIOCGIFADDR:
    case SIOCGIFDSTADDR:
    case SIOCGIFBRDADDR:
    case SIOCGIFNETMASK:
    case SIOCGIFMETRIC:
    case SIOCGIFMTU:
    case SIOCGIFHWADDR:
    case SIOCGIFINDEX:
    case SIOCGIFTXQLEN:
    case SIOCGIFMAP:
        return control_structure(request, argument, sizeof(ifreq));
    default:
        return Errno::Enotty;
    }
}

} // namespace farl
