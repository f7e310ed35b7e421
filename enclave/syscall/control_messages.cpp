#include "enclave/syscall/control_messages.h"

#include "enclave/process/descriptor_transit.h"
#include "enclave/process/host_objects.h"
#include "enclave/process/process.h"

#include <sys/socket.h>

namespace farl {

namespace {

constexpr size_t kMostControl = 64 * 1024;

// Calls body(header, payload) for each message of the list; `malformed` for one that does not fit.
template <typename Body>
Result<> for_each_message(std::span<std::byte> list, Errno malformed, Body&& body)
{
    while (list.size() >= sizeof(cmsghdr)) {
        cmsghdr header;
        __builtin_memcpy(&header, list.data(), sizeof(header));
        if (header.cmsg_len < sizeof(header) || header.cmsg_len > list.size())
            return malformed;
        TRY(body(header, list.subspan(sizeof(header), header.cmsg_len - sizeof(header))));
        auto step = CMSG_ALIGN(header.cmsg_len);
        list = list.subspan(step < list.size() ? step : list.size());
    }
    return {};
}

bool passes_descriptors(cmsghdr const& header)
{
    return header.cmsg_level == SOL_SOCKET && header.cmsg_type == SCM_RIGHTS;
}

// Calls body(number) for each descriptor and puts what it returns in its place.
template <typename Body>
Result<> replace_numbers(std::span<std::byte> payload, Body&& body)
{
    for (; payload.size() >= sizeof(int); payload = payload.subspan(sizeof(int))) {
        int number;
        __builtin_memcpy(&number, payload.data(), sizeof(number));
        number = TRY(body(number));
        __builtin_memcpy(payload.data(), &number, sizeof(number));
    }
    return {};
}

Result<int> add_received(Thread& caller, int host_number, bool close_on_exec)
{
    auto descriptor = TRY(checked_descriptor_value(host_number));
    auto file = descriptor_transit().receive(descriptor);
    if (!file)
        file = TRY(adopt_host_descriptor(std::move(descriptor)));
    return caller.process().descriptors.add(std::move(file), close_on_exec);
}

} // namespace

Result<int> OutgoingControl::host_number_of(Ref<File> file, Socket const& socket)
{
    bool exists_outside = file->host_descriptor() >= 0 && !file->ready_source();
    if (!exists_outside) {
        if (!socket.has_peer_inside() || file->as_epoll())
            return Errno::Eopnotsupp;
        TRY(in_transit.reserve(in_transit.size() + 1));
        auto number = TRY(descriptor_transit().send(std::move(file)));
        TRY(in_transit.push(number));
        return number;
    }
    file->set_shared_with_host();
    auto number = file->host_descriptor();
    TRY(passed.push(std::move(file)));
    return number;
}

void OutgoingControl::withdraw()
{
    for (auto number : in_transit)
        descriptor_transit().withdraw(number);
    in_transit.clear();
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
    auto to_host = [&](int number) -> Result<int> {
        return control.host_number_of(TRY(caller.any_file(number)), socket);
    };
    auto translate = [&](cmsghdr const& header, std::span<std::byte> payload) -> Result<> {
        return passes_descriptors(header) ? replace_numbers(payload, to_host) : Result<> {};
    };
    auto translated = for_each_message(control.bytes.span(), Errno::Einval, translate);
    if (translated.is_error()) {
        control.withdraw();
        return translated.error();
    }
    return control;
}

Result<> IncomingControl::reserve(size_t user_size)
{
    return bytes.resize(user_size < kMostControl ? user_size : kMostControl);
}

Result<int> IncomingControl::deliver(Thread& caller, size_t received, bool close_on_exec)
{
    size = received;
    int flags = 0;
    auto to_number = [&](int host_number) -> Result<int> {
        auto number = add_received(caller, host_number, close_on_exec);
        if (number.is_ok())
            return number;
        flags = MSG_CTRUNC;
        return -1;
    };
    TRY(for_each_message(
        bytes.span().first(received), Errno::Eio, [&](cmsghdr const& header, std::span<std::byte> payload) -> Result<> {
            return passes_descriptors(header) ? replace_numbers(payload, to_number) : Result<> {};
        }));
    return flags;
}

} // namespace farl
