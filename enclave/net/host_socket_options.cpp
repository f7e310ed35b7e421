// HostSocket: options, as the host has them, but for those that the enclave keeps or refuses.
#include "enclave/net/host_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

namespace farl {

namespace {

constexpr int kShieldLevel = 0x4641524c, kPeerCertificate = 1; // getsockopt(2): docs/formats/session.md

// Options whose value is an address or a descriptor, or that need memory the host may keep.
bool is_refused_option(int level, int name)
{
    constexpr int kPassPidfd = 76, kPeerPidfd = 77, kAttachBpf = 50, kReuseCbpf = 51, kReuseEbpf = 52;
    if (level == SOL_SOCKET)
        return name == SO_ATTACH_FILTER || name == kAttachBpf || name == kReuseCbpf || name == kReuseEbpf
            || name == SO_ZEROCOPY || name == kPassPidfd || name == kPeerPidfd;
    return level == IPPROTO_TCP && name == TCP_ZEROCOPY_RECEIVE;
}

} // namespace

Result<> HostSocket::set_option(int level, int name, std::span<std::byte const> value)
{
    if (is_refused_option(level, name) || (may_be_shielded_ && goes_around_shield(level, name)))
        return Errno::Enoprotoopt;
    if (keeps_option(level, name))
        TRY(keep_option(name, value));
    if (keeps_option(level, name) && is_shielded())
        return {};
    Staging staging;
    auto staged = TRY(staging.put(value.data(), value.size()));
    TRY(checked_status(host_call(SYS_setsockopt, descriptor_.number(), level, name, staged.value(), value.size())));
    if (level == SOL_SOCKET)
        note_option(name, value);
    return {};
}

Result<size_t> HostSocket::get_option(int level, int name, std::span<std::byte> value)
{
    if (is_refused_option(level, name))
        return Errno::Enoprotoopt;
    if (level == kShieldLevel && name == kPeerCertificate)
        return peer_certificate(value);
    if (keeps_option(level, name) && is_shielded())
        return kept_option(name, value);
    if (level == SOL_SOCKET && name == SO_ERROR && is_naming_)
        return error_of_name(value);
    Staging staging;
    auto size_room = TRY(staging.reserve(8));
    host_write_word(size_room, value.size());
    // Some options are read before they are written.
    auto staged = TRY(staging.put(value.data(), value.size()));
    TRY(checked_status(
        host_call(SYS_getsockopt, descriptor_.number(), level, name, staged.value(), size_room.value())));
    // HOST: the value is what it says; its length stays within the room.
    auto size = static_cast<uint32_t>(host_read_word(size_room));
    if (size > value.size())
        return host_lied("option length", size);
    host_copy_in(value.data(), staged, size);
    if (level == SOL_SOCKET && name == SO_ERROR)
        add_error_of_shield(value.first(size));
    return size;
}

} // namespace farl
