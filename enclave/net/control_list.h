// The list of control messages of sendmsg(2) and recvmsg(2), cmsg(3), wherever it comes from.
#pragma once

#include "base/result.h"

#include <cstring>
#include <span>
#include <sys/socket.h>

namespace farl {

// Calls body(header, payload) for each message of the list; `malformed` for one that does not fit.
template <typename Body>
Result<> for_each_control_message(std::span<std::byte> list, Errno malformed, Body&& body)
{
    while (list.size() >= sizeof(cmsghdr)) {
        cmsghdr header;
        memcpy(&header, list.data(), sizeof(header));
        if (header.cmsg_len < sizeof(header) || header.cmsg_len > list.size())
            return malformed;
        TRY(body(header, list.subspan(sizeof(header), header.cmsg_len - sizeof(header))));
        auto step = CMSG_ALIGN(header.cmsg_len);
        list = list.subspan(step < list.size() ? step : list.size());
    }
    return {};
}

// Calls body(number) for each descriptor in the list (SCM_RIGHTS) and puts what it returns in its place.
template <typename Body>
Result<> replace_descriptors(std::span<std::byte> list, Errno malformed, Body&& body)
{
    return for_each_control_message(
        list, malformed, [&](cmsghdr const& header, std::span<std::byte> payload) -> Result<> {
            if (header.cmsg_level != SOL_SOCKET || header.cmsg_type != SCM_RIGHTS)
                return {};
            for (; payload.size() >= sizeof(int); payload = payload.subspan(sizeof(int))) {
                int number;
                memcpy(&number, payload.data(), sizeof(number));
                number = TRY(body(number));
                memcpy(payload.data(), &number, sizeof(number));
            }
            return {};
        });
}

} // namespace farl
